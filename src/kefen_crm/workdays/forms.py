from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from kefen_crm.platform.calendar import MINUTES, Intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEPARATORS = re.compile(r"[\s,;，；、]+")
_INTERVAL = re.compile(r"(\d{1,2})[:：]?(\d{2})?\s*(?:-|–|—|~|～|至|到)\s*(\d{1,2})[:：]?(\d{2})?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


class HoursForm(forms.Form):
    """The working hours of each weekday, as people write them: `9:00–12:00 13:00–18:00`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday in range(7):
            self.fields[f"day{weekday}"] = HoursField(label=WEEKDAYS[weekday])

    def hours(self) -> list[Intervals]:
        """What was entered, from Monday."""
        return [self.cleaned_data[f"day{weekday}"] for weekday in range(7)]


class HoursField(forms.CharField):
    """Several intervals of a day; empty for a day off."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=120, **kwargs)

    def clean(self, value: Any) -> Intervals:
        """The intervals in minutes since midnight."""
        return read(super().clean(value))


def initial(hours: Sequence[Intervals]) -> dict[str, str]:
    """The hours in force as the form shows them."""
    return {f"day{weekday}": written(intervals) for weekday, intervals in enumerate(hours)}


def written(intervals: Intervals) -> str:
    """Intervals as people write them."""
    return "  ".join(f"{_clock(first)}–{_clock(end)}" for first, end in intervals)


def read(text: str) -> Intervals:
    """Intervals as people wrote them, in minutes since midnight.

    Raises:
        ValidationError: naming the part that cannot be read, or that does not come after the one
            before it.
    """
    text = text.translate(_FULL_WIDTH).strip()
    found: list[tuple[int, int]] = []
    for match in _INTERVAL.finditer(text):
        first, end = _minutes(match[1], match[2]), _minutes(match[3], match[4])
        if max(first, end) > MINUTES or max(match[2] or "", match[4] or "") >= "60":
            raise ValidationError(_("“%(text)s” is no time of a day.") % {"text": match[0]})
        if first >= end:
            raise ValidationError(_("“%(text)s” ends before it begins.") % {"text": match[0]})
        if found and first < found[-1][1]:
            told = _("“%(text)s” begins before the one before it ends.") % {"text": match[0]}
            raise ValidationError(told)
        found.append((first, end))
    rest = _SEPARATORS.sub(" ", _INTERVAL.sub(" ", text)).strip()
    if rest:
        told = _("“%(text)s” cannot be read. Write hours like 9:00–12:00 13:00–18:00.")
        raise ValidationError(told % {"text": rest})
    return tuple(found)


def _minutes(hour: str, minute: str | None) -> int:
    return int(hour) * 60 + int(minute or 0)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"
