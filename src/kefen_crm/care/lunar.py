"""Days of the Chinese lunisolar calendar: which solar day a lunar one is, and the other way round.

A table of a year's months is worked out once (about 4 ms); days are then found by adding.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Final, NamedTuple

FIRST: Final = 1850
LAST: Final = 2150
"""The lunar years that are asked for; a birthday of others has no lunar day."""
_EPOCH: Final = 1_721_424.5
"""The Julian day on which the ordinal number of Python's dates is 0."""


class LunarDay(NamedTuple):
    """A day of the lunar calendar; its year begins at Spring Festival, `leap` is the month."""

    year: int
    month: int
    day: int
    leap: bool = False


class Month(NamedTuple):
    """A month of a lunar year: its number, negative for a leap month, its first day, its length."""

    number: int
    first: date
    days: int


@lru_cache(maxsize=LAST - FIRST + 1)
def months(year: int) -> tuple[Month, ...]:
    """The months of a lunar year, in order."""
    table = import_module("lunar_python").LunarYear.fromYear(year).getMonths()
    return tuple(
        Month(
            one.getMonth(),
            date.fromordinal(int(one.getFirstJulianDay() - _EPOCH)),
            one.getDayCount(),
        )
        for one in table
        if one.getYear() == year
    )


def lunar_of(day: date) -> LunarDay | None:
    """The lunar day of a solar one; None outside the years that are known.

    >>> lunar_of(date(2026, 2, 17))
    LunarDay(year=2026, month=1, day=1, leap=False)
    """
    if not FIRST < day.year < LAST:
        return None
    year = day.year if day >= months(day.year)[0].first else day.year - 1
    month = next(one for one in reversed(months(year)) if one.first <= day)
    return LunarDay(year, abs(month.number), (day - month.first).days + 1, month.number < 0)


def observed_on(born: LunarDay, year: int) -> date:
    """The solar day on which a lunar birthday is kept in a lunar year.

    One in a leap month is kept in that leap month where the year has it, else in the ordinary
    month of its number; day 30 of a month of 29 days on its last.
    """
    known = {one.number: one for one in months(year)}
    month = known.get(-born.month if born.leap else born.month) or known[born.month]
    return month.first + timedelta(days=min(born.day, month.days) - 1)
