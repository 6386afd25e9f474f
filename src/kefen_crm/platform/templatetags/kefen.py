"""Template tags and filters of every Kefen page; loaded as builtins."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from django import template
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from kefen_crm.gateway import LAPSED
from kefen_crm.platform import numbers
from kefen_crm.platform.phones import dialled
from kefen_crm.platform.qr_codes import picture
from kefen_crm.platform.standing_words import said
from kefen_crm.platform.table_rows import table_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.template import Context
    from django.utils.safestring import SafeString

    from kefen_crm.platform.parts import Part

register = template.Library()

register.filter("money", numbers.money)
register.filter("money_full", numbers.money_full)
register.filter("number", numbers.whole)
register.filter("percent", numbers.percent)
register.filter("change", numbers.change)
register.filter("day", numbers.day)
register.filter("moment", numbers.moment)
register.filter("seconds", numbers.seconds)
register.filter("file_size", numbers.file_size)
register.filter("dialled", dialled)
register.filter("standing", said)
register.simple_tag(table_rows)


class OneClass(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def number(self) -> int: ...


class Graded(Protocol):
    """Anything with classes, best first: a scheme or one of its versions."""

    @property
    def classes(self) -> Sequence[OneClass]: ...


@register.simple_tag
@lru_cache(maxsize=1_000)
def icon(name: str, extra: str = "") -> SafeString:
    """A Tabler icon: `{% icon "users" %}`; a page has about a hundred, so each is rendered once."""
    return render_to_string("components/icon.html", {"name": name, "extra": extra})


@register.inclusion_tag("components/class_badge.html")
def class_badge(scheme: Graded | None, key: str | None) -> dict[str, Any]:
    """The coloured badge of a class: `{% class_badge scheme key %}`; no key is unrated."""
    if key is None or key == "":
        return {"number": "none", "text": _("Unrated"), "title": _("Too few facts to grade")}
    if key == LAPSED:
        title = _("Has bought, but not within the window")
        return {"number": "lapsed", "text": _("Lapsed"), "title": title}
    for one in scheme.classes if scheme else ():
        if one.key == key:
            return {"number": min(one.number, 10), "text": one.title, "title": one.title}
    return {"number": "none", "text": key, "title": key}


@register.inclusion_tag("components/qr_code.html")
def qr_code(address: str, name: str = "qr") -> dict[str, str]:
    """An address as a QR code, to photograph and to print: `{% qr_code address "stand" %}`."""
    return {"picture": picture(address), "name": name}


@register.inclusion_tag("components/number.html", name="money")
def money_tag(value: numbers.Number) -> dict[str, str]:
    """Short money with the full figure as its title: `{% money customer.sales %}`."""
    return {"text": numbers.money(value), "full": numbers.money_full(value)}


@register.inclusion_tag("components/share_bar.html")
def share_bar(share: numbers.Number, number: int | str = "") -> dict[str, Any]:
    """A thin bar for a share of 1: `{% share_bar 0.42 %}`, in the colour of class `number`."""
    value = numbers.decimal(share) or 0
    width = float(min(max(value, 0), 1)) * 100
    return {"width": f"{width:.2f}", "text": numbers.percent(share), "number": number}


@register.simple_tag(takes_context=True)
def without(context: dict[str, Any], name: str, value: str) -> str:
    """The query string of this page less one parameter, back on the first page."""
    params = context["request"].GET.copy()
    params.setlist(name, [one for one in params.getlist(name) if one != value])
    params.pop("page", None)
    return str(params.urlencode())


@register.simple_tag(takes_context=True)
def part(context: Context, one: Part) -> SafeString:
    """Something that an app declared, by its own template: `{% part tile %}`."""
    assert context.template is not None
    template = context.template.engine.get_template(one.template)
    with context.push(**one.context):
        return template.render(context)
