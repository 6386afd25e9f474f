"""The working calendar: which days are worked, and how much work lies between two moments.

Days are those of the company's zone, moments are UTC. A `Calendar` is a value: its answers follow
from what it holds, without a database. `current` gives the company's own.

    calendar = current()
    due = calendar.add(opened, timedelta(hours=8))
    taken = calendar.worked(opened, answered)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property

from django.utils import timezone

from kefen_crm.platform.models import CalendarDay, WorkPattern
from kefen_crm.platform.per_request import PerRequest

MINUTES = 24 * 60
"""Of a day."""
DAY = timedelta(days=1)
USUAL = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
"""9:00 to 12:00 and 13:00 to 18:00, in minutes since midnight."""

Intervals = tuple[tuple[int, int], ...]
USUAL_WEEK: tuple[Intervals, ...] = (*(USUAL,) * 5, (), ())


class NoWorkingHours(ValueError):  # noqa: N818  # what is wrong, in a word
    """The pattern has no working hours on any weekday."""


@dataclass(frozen=True)
class Calendar:
    """When a company works.

    Attributes:
        zone: of the company; it says when a day begins.
        hours: of each weekday from Monday, in minutes since midnight: in order, none overlapping;
            a weekday without any is off.
        days: the days that differ: True is worked, False is off. A day worked outside the pattern
            has the hours of the last weekday before it that has some.
    """

    zone: tzinfo
    hours: tuple[Intervals, ...] = USUAL_WEEK
    days: Mapping[date, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not any(self.hours):
            raise NoWorkingHours

    def is_workday(self, day: date) -> bool:
        """Whether a day is worked."""
        worked = self.days.get(day)
        return bool(self.hours[day.weekday()]) if worked is None else worked

    def next_workday(self, day: date) -> date:
        """The first day after `day` that is worked."""
        day += DAY
        while not self.is_workday(day):
            day += DAY
        return day

    def previous_workday(self, day: date) -> date:
        """The last day before `day` that was worked."""
        day -= DAY
        while not self.is_workday(day):
            day -= DAY
        return day

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th day worked after `day`, before it for a negative n; `day` itself for 0."""
        step = self.next_workday if n > 0 else self.previous_workday
        for _each in range(abs(n)):
            day = step(day)
        return day

    def workdays(self, start: date, end: date) -> int:
        """How many days are worked after `start` up to and with `end`; negative backwards."""
        if end < start:
            return -self.workdays(end, start)
        return sum(self.is_workday(start + DAY * n) for n in range(1, (end - start).days + 1))

    def today(self, now: datetime) -> date:
        """The day that a moment falls on."""
        return now.astimezone(self.zone).date()

    def add(self, start: datetime, hours: timedelta) -> datetime:
        """The first moment by which so many hours have been worked since `start`, in UTC.

        Raises:
            ValueError: when `hours` are negative.
        """
        if hours < timedelta(0):
            raise ValueError(hours)
        start = start.astimezone(UTC)
        if not hours:
            return start
        for begins, ends in self._from(self.today(start)):
            begins = max(begins, start)
            if ends - begins >= hours:
                return begins + hours
            hours -= max(ends - begins, timedelta(0))
        raise AssertionError  # days do not end

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The working hours from `start` to `end`; negative when `end` is before `start`."""
        if end < start:
            return -self.worked(end, start)
        total = timedelta(0)
        for begins, ends in self._from(self.today(start)):
            if begins >= end:
                break
            total += max(min(ends, end) - max(begins, start), timedelta(0))
        return total

    def intervals(self, day: date) -> Intervals:
        """The working hours of a day, in minutes since midnight."""
        if not self.is_workday(day):
            return ()
        return self.hours[day.weekday()] or self._make_up[day.weekday()]

    @cached_property
    def _make_up(self) -> tuple[Intervals, ...]:
        """For each weekday the hours of the last one before it that has some."""
        before = [[self.hours[(day - back) % 7] for back in range(1, 8)] for day in range(7)]
        return tuple(next(filter(None, found)) for found in before)

    def _from(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The intervals worked from a day on, in UTC; the hours a clock leaps over are none."""
        last = datetime.min.replace(tzinfo=UTC)
        while True:
            for first, end in self.intervals(day):
                begins = max(self._moment(day, first), last)
                last = max(self._moment(day, end), begins)
                yield begins, last
            day += DAY

    def _moment(self, day: date, minute: int) -> datetime:
        day, minute = (day + DAY, 0) if minute == MINUTES else (day, minute)
        local = datetime.combine(day, time(minute // 60, minute % 60), self.zone)
        return local.astimezone(UTC)


def load() -> Calendar:
    """The company's calendar as the database holds it now."""
    pattern = dict(WorkPattern.objects.values_list("weekday", "intervals"))
    hours = tuple(as_intervals(pattern.get(weekday, ())) for weekday in range(7))
    days = {
        day: kind == CalendarDay.Kind.WORK
        # A person's comes last, so that it holds.
        for day, kind in CalendarDay.objects.order_by("source").values_list("date", "kind")
    }
    zone = timezone.get_default_timezone()
    return Calendar(zone, hours, days) if any(hours) else Calendar(zone, days=days)


def as_intervals(pairs: Iterable[Iterable[int]]) -> Intervals:
    """Pairs as JSON holds them."""
    return tuple((first, end) for first, end in pairs)


current = PerRequest(load)
"""The company's calendar; within a request it is read once."""
