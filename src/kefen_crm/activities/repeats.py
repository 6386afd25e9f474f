"""How tasks repeat: every so many working days, weeks or months, until a day or so many times.

A series is told by its first day and by how many steps a task lies after it, so that a month that
is too short, or a day off, moves one task and not those that follow. A day off gives way to the
next working day.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from kefen_crm.platform.calendar import Calendar

UNITS: Final = ("day", "week", "month")
MOST_EVERY, MOST_TIMES = 99, 999
FARTHEST: Final = timedelta(days=5 * 366)
"""So far ahead a next task is looked for."""


@dataclass(frozen=True)
class Repeat:
    """How a task repeats.

    Attributes:
        every, unit: the distance; days are working days.
        first: the day of the first task of the series.
        step: how many distances this task lies after it.
        number: the how-manieth task of the series this is, from 1.
        until: the last day of the series; None for none.
        times: of how many tasks the series is; None for no end.
    """

    every: int
    unit: str
    first: date
    step: int = 0
    number: int = 1
    until: date | None = None
    times: int | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Repeat:
        """As a task holds it."""
        until = told.get("until")
        return cls(
            told["every"],
            told["unit"],
            date.fromisoformat(told["first"]),
            told["step"],
            told["number"],
            date.fromisoformat(until) if until else None,
            told.get("times"),
        )

    def to_dict(self) -> dict[str, Any]:
        """As a task holds it."""
        return {
            "every": self.every,
            "unit": self.unit,
            "first": self.first.isoformat(),
            "step": self.step,
            "number": self.number,
            "until": self.until.isoformat() if self.until else None,
            "times": self.times,
        }

    def day(self, step: int, calendar: Calendar) -> date:
        """The working day of the task that lies so many distances after the first."""
        if self.unit == "day":
            return calendar.add_workdays(self.first, step * self.every)
        day = self.first + timedelta(weeks=step * self.every)
        if self.unit == "month":
            month = self.first.month - 1 + step * self.every
            year, month = self.first.year + month // 12, month % 12 + 1
            last = months.monthrange(year, month)[1]
            day = date(year, month, min(self.first.day, last))
        return day if calendar.is_workday(day) else calendar.next_workday(day)

    def following(self, after: date, calendar: Calendar) -> Iterator[tuple[date, Repeat]]:
        """The tasks that come after this one and after a day, until the series ends."""
        step, number, farthest = self.step, self.number, after + FARTHEST
        while self.times is None or number < self.times:
            step += 1
            day = self.day(step, calendar)
            if (self.until and day > self.until) or day > farthest:
                return
            if day > after:
                number, after = number + 1, day
                yield (
                    day,
                    Repeat(self.every, self.unit, self.first, step, number, self.until, self.times),
                )


def checked(wanted: Mapping[str, Any], first: date) -> dict[str, Any]:
    """How a new task repeats, from `every` and `unit`, and perhaps `until` or `times`.

    Raises:
        ValidationError: of `repeat`, for what cannot be.
    """
    every, unit = wanted.get("every", 1), str(wanted.get("unit"))
    until, times = wanted.get("until"), wanted.get("times")
    said = ""
    if unit not in UNITS or set(wanted) - {"every", "unit", "until", "times"}:
        said = _("A task repeats by day, week or month.")
    elif not isinstance(every, int) or not 1 <= every <= MOST_EVERY:
        said = _("A task repeats every 1 to %(most)s days, weeks or months.") % {"most": MOST_EVERY}
    elif until and times:
        said = _("A series ends on a day or after so many times, not both.")
    elif until and until < first:
        said = _("The series would end before it begins.")
    elif times is not None and not 2 <= times <= MOST_TIMES:
        said = _("A task repeats 2 to %(most)s times.") % {"most": MOST_TIMES}
    if said:
        raise ValidationError({"repeat": said})
    return Repeat(every, unit, first, until=until, times=times).to_dict()


def words(told: Mapping[str, Any]) -> str:
    """How a task repeats, in words."""
    repeat = Repeat.of(told)
    n = repeat.every
    distance = {
        "day": ngettext("every working day", "every %(n)s working days", n),
        "week": ngettext("every week", "every %(n)s weeks", n),
        "month": ngettext("every month", "every %(n)s months", n),
    }[repeat.unit] % {"n": n}
    if repeat.until:
        return _("%(every)s until %(day)s") % {"every": distance, "day": repeat.until.isoformat()}
    if repeat.times:
        given = {"every": distance, "number": repeat.number, "times": repeat.times}
        return _("%(every)s, %(number)s of %(times)s") % given
    return distance
