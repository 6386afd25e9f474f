"""The year as a calendar."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.dates import MONTHS, WEEKDAYS_ABBR
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefen_crm.platform.models import CalendarDay
from kefen_crm.platform.public_holidays import names

if TYPE_CHECKING:
    from kefen_crm.platform.calendar import Calendar

_WEEKS = months.Calendar()


@dataclass(frozen=True)
class Day:
    """A day as the calendar shows it; `name` says why it differs, where it does."""

    date: date
    worked: bool
    name: str
    by_person: bool
    provisional: bool
    today: bool

    @property
    def differs(self) -> bool:
        """Whether it is worked or off whatever its weekday."""
        return bool(self.name)


@dataclass(frozen=True)
class Month:
    """Weeks from Monday to Sunday; None stands for a day of another month."""

    number: int
    title: str
    workdays: int
    weeks: list[list[Day | None]]


def year(calendar: Calendar, number: int, today: date) -> list[Month]:
    """The months of a year."""
    set_days = {one.date: one for one in _set_days(number)}
    titles = names(number, chinese=_chinese())

    def day(when: date) -> Day:
        one = set_days.get(when)
        by_person = one is not None and one.source == CalendarDay.Source.PERSON
        return Day(
            date=when,
            worked=calendar.is_workday(when),
            name=_name(one, titles.get(when, "")) if one else "",
            by_person=by_person,
            provisional=one is not None and one.provisional,
            today=when == today,
        )

    found = []
    for month in range(1, 13):
        weeks = [
            [day(when) if when.month == month else None for when in week]
            for week in _WEEKS.monthdatescalendar(number, month)
        ]
        workdays = sum(one.worked for week in weeks for one in week if one)
        found.append(Month(month, str(MONTHS[month]), workdays, weeks))
    return found


def weekdays() -> list[str]:
    """The weekdays from Monday, in short: 一 for 星期一."""
    found = [str(WEEKDAYS_ABBR[weekday]) for weekday in range(7)]
    return [day[-1] for day in found] if _chinese() else found


def provisional(number: int) -> bool:
    """Whether the days off of a year are not announced yet."""
    return CalendarDay.objects.filter(date__year=number, provisional=True).exists()


def _set_days(number: int) -> list[CalendarDay]:
    """The days of a year that differ; a person's comes after that of public holidays."""
    return list(CalendarDay.objects.filter(date__year=number).order_by("source"))


def _name(one: CalendarDay, holiday: str) -> str:
    if one.source == CalendarDay.Source.PERSON:
        worked = one.kind == CalendarDay.Kind.WORK
        return _("set to a working day") if worked else _("set to a day off")
    if one.kind == CalendarDay.Kind.WORK:
        return _("make-up working day")
    return holiday or _("weekend beside a holiday")


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")
