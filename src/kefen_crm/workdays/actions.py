"""Changes to the working calendar: permit, change, event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.platform import calendar, events
from kefen_crm.platform.models import CalendarDay, WorkPattern
from kefen_crm.platform.public_holidays import announced, differing
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from kefen_crm.team.models import User

FIRST_YEAR, LAST_YEAR = 2001, 2100
YEARS_BEFORE = 2
"""Past years that a new installation knows, to measure what happened then."""


@transaction.atomic
def set_hours(by: User, hours: Sequence[calendar.Intervals]) -> None:
    """Set the working hours of each weekday from Monday, in minutes since midnight.

    Raises:
        PermissionDenied: unless `by` runs the installation.
        ValidationError: when no weekday has any.
    """
    require(by, Permit.OPERATE)
    if not any(hours):
        raise ValidationError(_("At least one weekday needs working hours."))
    for weekday, intervals in enumerate(hours):
        pattern = WorkPattern.objects.select_for_update().filter(weekday=weekday).first()
        before = calendar.as_intervals(pattern.intervals) if pattern else ()
        pattern = pattern or WorkPattern(weekday=weekday)
        if before != intervals or pattern._state.adding:  # noqa: SLF001  # Django's public name for it
            pattern.intervals = [list(pair) for pair in intervals]
            pattern.save()
            verb = "working_hours.changed"
            told = {"hours": intervals}
            events.record(by, verb, pattern, before={"hours": before}, after=told)
    calendar.current.forget()


@transaction.atomic
def change_day(by: User, day: date) -> bool:
    """Turn a working day into a day off or the other way round, or undo that; whether it is worked.

    Raises:
        PermissionDenied: unless `by` runs the installation.
        ValidationError: for a day long past or far ahead.
    """
    require(by, Permit.OPERATE)
    _check_year(day.year)
    before = calendar.load().is_workday(day)
    one = CalendarDay.objects.filter(date=day, source=CalendarDay.Source.PERSON).first()
    if one is None:
        kind = CalendarDay.Kind.OFF if before else CalendarDay.Kind.WORK
        one = CalendarDay.objects.create(date=day, kind=kind, source=CalendarDay.Source.PERSON)
    else:
        CalendarDay.objects.filter(pk=one.pk).delete()
    calendar.current.forget()
    after = calendar.load().is_workday(day)
    told = {"worked": after, "day": day}
    events.record(by, "calendar_day.changed", one, before={"worked": before}, after=told)
    return after


@transaction.atomic
def import_year(by: User, year: int) -> bool:
    """Take over the public holidays of a year; whether they are announced, not provisional.

    Raises:
        PermissionDenied: unless `by` runs the installation.
        ValidationError: for a year long past or far ahead.
    """
    require(by, Permit.OPERATE)
    _check_year(year)
    take_over(year)
    first = CalendarDay.objects.filter(date__year=year).first()
    assert first is not None  # every year has public holidays
    events.record(by, "holidays.imported", first, after={"year": year})
    return announced(year)


@transaction.atomic
def take_over(year: int) -> None:
    """Replace what public holidays say of a year; what people set stays."""
    of_holidays = CalendarDay.objects.filter(source=CalendarDay.Source.HOLIDAYS)
    of_holidays.filter(date__year=year).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(
            date=day,
            kind=CalendarDay.Kind.WORK if worked else CalendarDay.Kind.OFF,
            source=CalendarDay.Source.HOLIDAYS,
            provisional=not announced(year),
        )
        for day, worked in differing(year).items()
    )
    calendar.current.forget()


def keep_up() -> None:
    """Know the years around today, and those announced since they were taken over."""
    this = timezone.localdate().year
    of_holidays = CalendarDay.objects.filter(source=CalendarDay.Source.HOLIDAYS)
    for year in range(this - YEARS_BEFORE, this + 2):
        known = of_holidays.filter(date__year=year)
        if not known.exists() or (announced(year) and known.filter(provisional=True).exists()):
            take_over(year)


def install() -> str:
    """The usual hours where none are set, and the public holidays of the years around today."""
    if not WorkPattern.objects.exists():
        WorkPattern.objects.bulk_create(
            WorkPattern(weekday=weekday, intervals=[list(pair) for pair in intervals])
            for weekday, intervals in enumerate(calendar.USUAL_WEEK)
        )
    keep_up()
    return ""


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError(
            _("The calendar holds the years %(first)s to %(last)s.")
            % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
