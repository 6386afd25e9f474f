"""How busy each day is: weekends, Chinese holidays, sales festivals, the year-end push."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

AS_OF = date(2026, 1, 1)
"""The day after the last facts, unless another is wanted."""
DAYS = 1096
"""Three years, one of them a leap year."""
GROWTH = 0.07
"""Growth of the whole business in a year, as a share."""

NEW_YEARS = (
    *(date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29)),
    *(date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13)),
    *(date(2030, 2, 3), date(2031, 1, 23), date(2032, 2, 11), date(2033, 1, 31)),
    *(date(2034, 2, 19), date(2035, 2, 8), date(2036, 1, 28), date(2037, 2, 15)),
)
"""First days of the lunar year (Spring Festival)."""

_WEEKDAYS = (1.08, 1.06, 1.04, 1.02, 0.95, 0.30, 0.10)
_MONTHS = (1.0, 1.0, 1.12, 1.08, 1.02, 1.0, 0.92, 0.94, 1.06, 1.0, 1.04, 1.18)
# Days from the first day of the lunar year: [from, to) and the factor on them.
_AROUND_NEW_YEAR = ((-35, -14, 1.25), (-14, -7, 0.7), (-7, -1, 0.25), (-1, 7, 0.02), (7, 14, 0.35))
# Month, first day, last day and the factor on them.
_YEARLY = (
    (5, 1, 5, 0.15),
    (6, 1, 18, 1.22),
    (10, 1, 7, 0.06),
    (11, 1, 11, 1.30),
    (12, 15, 31, 1.35),
)


def day_weights(start: date) -> NDArray[np.float64]:
    """Relative activity of every day of the three years from `start` on, 1 on average."""
    weights = np.array([_weight(start + timedelta(days=day), day) for day in range(DAYS)])
    result: NDArray[np.float64] = weights * (DAYS / weights.sum())
    return result


def _weight(day: date, place: int) -> float:
    weight = _WEEKDAYS[day.weekday()] * _MONTHS[day.month - 1]
    for month, first, last, factor in _YEARLY:
        if day.month == month and first <= day.day <= last:
            weight *= factor
    for new_year in NEW_YEARS:
        distance = (day - new_year).days
        for start, end, factor in _AROUND_NEW_YEAR:
            if start <= distance < end:
                weight *= factor
    return float(weight * (1 + GROWTH) ** (place / 365))
