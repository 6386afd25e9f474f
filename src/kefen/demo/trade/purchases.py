"""When each customer orders, and for how much: gaps of their own, bent by season and course."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kefen.demo.trade import population as life
from kefen.demo.trade.calendar import DAYS, day_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kefen.demo.trade.population import Population

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_VALUE_NOISE = 0.55
"""Standard deviation of log order value around the customer's own."""


def purchases(rng: np.random.Generator, people: Population) -> pl.DataFrame:
    """One row an order, by day: `customer` (index), `day`, `target` (yuan), `progress` (0 to 1)."""
    clock = np.concatenate([[0.0], np.cumsum(day_weights(people.start))])
    opened = np.interp(people.first_day, np.arange(DAYS + 1), clock)
    closed = np.interp(people.last_day, np.arange(DAYS + 1), clock)
    customer, elapsed, expected = _renewals(rng, people, closed - opened)
    progress = _bend(elapsed / expected[customer], people.trend[customer])
    moment = opened[customer] + progress * (closed - opened)[customer]
    day = np.floor(np.interp(moment, clock, np.arange(DAYS + 1))).astype(np.int64)
    heft = np.exp(rng.normal(-(_VALUE_NOISE**2) / 2, _VALUE_NOISE, len(day)))
    drift = 1 + 0.25 * people.trend[customer] * (progress - 0.5)
    target = np.clip(people.order_value[customer] * heft * drift, 60, None)
    return (
        pl.DataFrame(
            {
                "customer": customer,
                "day": np.minimum(day, DAYS - 1),
                "target": target,
                "progress": progress,
            }
        )
        .sort("day", "customer", "progress")
        .with_row_index("order")
    )


def _renewals(
    rng: np.random.Generator, people: Population, span: Floats
) -> tuple[Ints, Floats, Floats]:
    """Customer and elapsed pace of every purchase, and each customer's pace over the span.

    Pace counts usual gaps: a customer with pace 12 over the span buys about twelve times.
    """
    expected = np.maximum(people.rate * span / 365, 1e-6)
    tries = np.where(people.course == life.LEAD, 0, np.ceil(expected * 1.6 + 12)).astype(np.int64)
    tries = np.where(people.course == life.ONE_TIME, 1, tries)
    customer = np.repeat(np.arange(people.size), tries)
    shape = people.regularity[customer]
    gaps = rng.gamma(shape, 1 / shape)
    start = np.concatenate([[0], np.cumsum(tries)[:-1]])
    # Every customer buys at least once; newcomers at once, the others somewhere in a gap.
    first = np.minimum(gaps[start[tries > 0]], expected[tries > 0]) * rng.random((tries > 0).sum())
    late = (people.first_day > 0)[tries > 0]
    gaps[start[tries > 0]] = np.where(late, 0.0, first)
    running = np.cumsum(gaps)
    before = np.concatenate([[0.0], running])[start]
    elapsed = running - before[customer]
    kept = elapsed < expected[customer]
    return customer[kept], elapsed[kept], expected


def _bend(share: Floats, trend: Floats) -> Floats:
    """The moment (0 to 1) at which a pace of 1 + trend·x has covered `share` of its total."""
    bent = np.where(np.abs(trend) < 1e-6, 1e-6, trend)
    result: Floats = (np.sqrt(1 + 2 * bent * share * (1 + bent / 2)) - 1) / bent
    return np.clip(result, 0, 1 - 1e-9)
