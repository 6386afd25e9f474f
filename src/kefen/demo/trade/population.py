"""The customers as numbers: how big, how often, which course of life, what they care about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from kefen.demo.trade.calendar import DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEAD, STEADY, GROWING, SLOWING, LOST, NEWCOMER, ONE_TIME, PROJECT = range(8)
LEAD_SHARE = 0.05
_COURSES = (STEADY, GROWING, SLOWING, LOST, NEWCOMER, ONE_TIME, PROJECT)
_COURSE_SHARES = (0.33, 0.13, 0.12, 0.14, 0.18, 0.06, 0.04)

_MEDIAN_SALES = 15_000.0
"""Yuan a year of the customer in the middle."""
_SPREAD = 1.52
"""Standard deviation of log sales: about 80 % of sales from 20 % of customers."""
_TAIL = 0.4
"""How much further the few biggest reach: about a quarter of sales from 1 % of customers."""
_MEDIAN_RATE = 4.2
"""Orders a year of the customer in the middle."""


@dataclass(frozen=True)
class Population:
    """One entry a customer in every array. Days count from the start of the calendar.

    `trend` bends the pace over the active span (0 even, 1 doubles, -0.9 nearly stops);
    `regularity` is the shape of the gaps between purchases (1 random, 5 like clockwork).
    `price`, `quality` and `service` are how much they care about each, about -2 to 2.
    """

    start: date
    course: Ints
    scale: Floats
    rate: Floats
    first_day: Floats
    last_day: Floats
    trend: Floats
    regularity: Floats
    price: Floats
    quality: Floats
    service: Floats

    @property
    def as_of(self) -> date:
        """The day after the last one of the calendar."""
        return self.start + timedelta(days=DAYS)

    @property
    def size(self) -> int:
        """Number of customers."""
        return len(self.course)

    @property
    def order_value(self) -> Floats:
        """Yuan of a usual order."""
        result: Floats = self.scale / self.rate
        return result


def populate(rng: np.random.Generator, customers: int, as_of: date) -> Population:
    """Draw `customers` lives; the last ones in the arrays are not special in any way."""
    leads = round(customers * LEAD_SHARE)
    course = np.full(customers, LEAD, dtype=np.int64)
    course[leads:] = _shares(rng, customers - leads)
    course = rng.permutation(course)
    rank = _normal_scores(rng, customers)
    scale = _MEDIAN_SALES * np.exp(_SPREAD * rank + _TAIL * np.maximum(rank - 1.8, 0))
    rate = _MEDIAN_RATE * np.exp(0.42 * _SPREAD * rank + rng.normal(0, 0.35, customers))
    rate = np.clip(rate, 0.7, 130.0)
    project = course == PROJECT
    scale = np.where(project, scale * 1.3, scale)
    rate = np.where(project, np.clip(rate * 0.3, 0.7, 3.0), rate)
    first_day, last_day = _spans(rng, course)
    price, quality, service = rng.normal(0, 1, (3, customers))
    return Population(
        start=as_of - timedelta(days=DAYS),
        course=course,
        scale=scale,
        rate=rate,
        first_day=first_day,
        last_day=last_day,
        trend=_trends(rng, course),
        regularity=np.where(project, 0.8, rng.uniform(1.2, 5.0, customers)),
        price=price,
        quality=quality - 0.5 * price,
        service=service,
    )


def _shares(rng: np.random.Generator, buyers: int) -> Ints:
    """Courses of life in fixed shares, however many customers there are."""
    bounds = np.round(np.cumsum(_COURSE_SHARES) * buyers).astype(np.int64)
    drawn = np.array(_COURSES)[np.searchsorted(bounds, np.arange(buyers), side="right")]
    result: Ints = rng.permutation(drawn.astype(np.int64))
    return result


def _normal_scores(rng: np.random.Generator, count: int) -> Floats:
    """Evenly spaced normal quantiles in random order: the same heavy tail for every seed."""
    standard = NormalDist()
    scores = np.array([standard.inv_cdf((rank + 0.5) / count) for rank in range(count)])
    result: Floats = rng.permutation(scores)
    return result


def _spans(rng: np.random.Generator, course: Ints) -> tuple[Floats, Floats]:
    """The days between which a customer may buy."""
    count = len(course)
    first, last = np.zeros(count), np.full(count, float(DAYS))
    starts = rng.uniform(0, DAYS - 5, count)
    ends = rng.uniform(40, DAYS - 75, count)
    begins_late = (course == NEWCOMER) | (course == ONE_TIME)
    first = np.where(begins_late, starts, first)
    last = np.where(course == LOST, ends, last)
    # A quarter of the newcomers try and leave again.
    stays = rng.exponential(220, count) + 20
    leaves = (course == NEWCOMER) & (rng.random(count) < 0.25)
    last = np.where(leaves, np.minimum(first + stays, DAYS), last)
    return first, last


def _trends(rng: np.random.Generator, course: Ints) -> Floats:
    ranges = {
        LEAD: (0.0, 0.0),
        STEADY: (-0.2, 0.3),
        GROWING: (1.0, 3.0),
        SLOWING: (-0.92, -0.6),
        LOST: (-0.6, 0.0),
        NEWCOMER: (-0.2, 1.2),
        ONE_TIME: (0.0, 0.0),
        PROJECT: (0.0, 0.0),
    }
    low = np.array([ranges[code][0] for code in range(8)])[course]
    high = np.array([ranges[code][1] for code in range(8)])[course]
    result: Floats = rng.uniform(low, high)
    return result
