"""Units of time a model counts in, and rates of discount by the unit."""

from __future__ import annotations

from math import log1p
from typing import Final, Literal, get_args

from kefen.errors import KefenError

Unit = Literal["day", "week", "month"]
YEAR: Final = 365.25
DAYS: Final[dict[Unit, float]] = {"day": 1.0, "week": 7.0, "month": YEAR / 12}


def days(unit: str) -> float:
    """Days in a unit; a month is a twelfth of 365.25.

    Raises:
        KefenError: `unknown-unit`.
    """
    for known in get_args(Unit):
        if known == unit:
            return DAYS[known]
    raise KefenError("unknown-unit", value=unit, known=list(DAYS))


def force_of_interest(
    unit: str,
    annual_rate: float | None = None,
    monthly_rate: float | None = None,
    *,
    positive: bool = False,
) -> float:
    """The continuous rate for one unit of time that compounds to the annual or monthly rate.

    >>> round(force_of_interest("week", annual_rate=0.15), 4)  # as Fader, Hardie & Lee (2005)
    0.0027

    Raises:
        KefenError: `bad-rate` unless exactly one rate is given, of at least 0, or above it where
            it must be `positive`.
    """
    given = [rate for rate in (annual_rate, monthly_rate) if rate is not None]
    if len(given) != 1 or not 0 <= given[0] < float("inf") or (positive and given[0] == 0):
        raise KefenError("bad-rate", annual=annual_rate, monthly=monthly_rate)
    periods = 1 if annual_rate is not None else 12
    return periods * log1p(given[0]) * days(unit) / YEAR
