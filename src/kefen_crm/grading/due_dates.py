"""When a schedule falls due, in the business time zone."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen_crm.grading.models import Schedule


def last_due(schedule: Schedule, now: datetime) -> datetime | None:
    """The last appointed moment up to `now`; None for a scheme that is run only when asked."""
    today = timezone.localdate(now)
    days = (today - timedelta(days=back) for back in range(_LONGEST))
    return next((moment for moment in _moments(schedule, days) if moment <= now), None)


def next_due(schedule: Schedule, now: datetime) -> datetime | None:
    """The first appointed moment after `now`; None for a scheme that is run only when asked."""
    today = timezone.localdate(now)
    days = (today + timedelta(days=ahead) for ahead in range(_LONGEST))
    return next((moment for moment in _moments(schedule, days) if moment > now), None)


_LONGEST = 63
"""Days within which any rhythm comes round."""


def _moments(schedule: Schedule, days: Iterator[date]) -> Iterator[datetime]:
    hour = time(schedule.hour)
    return (
        timezone.make_aware(datetime.combine(day, hour)) for day in days if _falls(schedule, day)
    )


def _falls(schedule: Schedule, day: date) -> bool:
    match schedule.rhythm:
        case schedule.Rhythm.DAILY:
            return True
        case schedule.Rhythm.WEEKLY:
            return day.weekday() == schedule.weekday
        case schedule.Rhythm.MONTHLY:
            return day.day == min(schedule.day, monthrange(day.year, day.month)[1])
    return False
