"""Columns for django-tables2: figures to the right, short money, class badges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.template import Context
from django.template.loader import get_template
from django.utils.html import format_html

from kefen_crm.platform import numbers
from kefen_crm.platform.templatetags.kefen import Graded, class_badge

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.safestring import SafeString

RIGHT = {"td": {"class": "kf-right text-nowrap"}, "th": {"class": "kf-right"}}


def cell(template: str, **context: Any) -> SafeString:
    """A cell by its template, which sees `context` alone: nothing that a whole page needs."""
    # Django's own template, as its wrapper would ask every context processor for each cell.
    own: Any = get_template(template)
    text: SafeString = own.template.render(Context(context))
    return text


class CellColumn(tables.Column):
    """A column whose template sees the row alone, as `record`."""

    def __init__(self, template: str, **kwargs: Any) -> None:
        super().__init__(empty_values=(), **kwargs)
        self.template = template

    def render(self, record: Any) -> SafeString:
        return cell(self.template, record=record)


class TextColumn(tables.Column):
    """A column of the text that a function makes of the row."""

    def __init__(self, text: Callable[[Any], str], **kwargs: Any) -> None:
        super().__init__(empty_values=(), **kwargs)
        self.text = text

    def render(self, record: Any) -> str:
        return self.text(record)


class NumberColumn(tables.Column):
    """A count or quantity, with separators."""

    def __init__(self, *args: Any, places: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", RIGHT)
        kwargs.setdefault("initial_sort_descending", True)
        super().__init__(*args, **kwargs)
        self.places = places

    def render(self, value: numbers.Number) -> str:
        return numbers.whole(value, self.places)


class MoneyColumn(NumberColumn):
    """Money in short, the full figure as title. Exports get the full figure."""

    def render(self, value: numbers.Number) -> SafeString:
        full, text = numbers.money_full(value), numbers.money(value)
        if full == text:
            return format_html('<span class="kf-num">{}</span>', text)
        return format_html('<span class="kf-num" title="{}">{}</span>', full, text)

    def value(self, **kwargs: Any) -> Any:
        return kwargs["value"]


class DayColumn(tables.Column):
    """A date, or the day of a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"td": {"class": "kf-num"}})
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> str:
        return numbers.day(value)


class MomentColumn(DayColumn):
    def render(self, value: Any) -> str:
        return numbers.moment(value)


def badge(scheme: Graded | None, key: str | None) -> SafeString:
    """The badge of `{% class_badge %}` for a `render_…` method of a table."""
    return cell("components/class_badge.html", **class_badge(scheme, key))
