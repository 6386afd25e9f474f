"""Public holidays and make-up working days of China, as the package `holidays` knows them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Any

DAY = timedelta(days=1)
FIRST_WEEKEND_DAY = 5


def _china() -> Any:
    """The package's module on China; it brings all countries along, which takes a second."""
    return import_module("holidays.countries.china")


def announced(year: int) -> bool:
    """Whether the State Council's days off and make-up working days of a year are known."""
    return year in _china().ChinaStaticHolidays.special_public_holidays


def differing(year: int) -> dict[date, bool]:
    """The days of a year that are worked (True) or off (False) whatever their weekday.

    The weekend beside a holiday is part of it, unless it is made up for: so it is off for who
    works on Saturdays, too. 2026-10-03 and -04, a weekend within the National Day, are such.
    """
    known = _china().China(years=range(year - 1, year + 2))
    worked = known.weekend_workdays
    found = dict.fromkeys(worked, True)
    for holiday in known:
        found[holiday] = False
        for step in (DAY, -DAY):
            day = holiday + step
            while day.weekday() >= FIRST_WEEKEND_DAY and day not in worked:
                found[day] = False
                day += step
    return {day: found[day] for day in sorted(found) if day.year == year}


@lru_cache(maxsize=32)
def names(year: int, chinese: bool) -> dict[date, str]:
    """What the holidays of a year are called."""
    known = _china().China(years=year, language="zh_CN" if chinese else "en_US")
    return dict(known.items())
