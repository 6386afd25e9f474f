"""Bootstrap intervals that cost the same for a thousand customers and for millions.

Customers are dealt at random into at most 1,000 groups, and groups are drawn with replacement.
With no more customers than groups each is a group of its own: the ordinary bootstrap (Efron,
Bootstrap Methods, Annals of Statistics, 1979). A customer stays in its group on every date, so
that an interval over several dates knows that they are the same people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kefen.evaluate.findings import plain

GROUPS = 1_000
DRAWS = 500
SEED = 20_250_101
LEVEL = 0.95

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % percentile interval; the ends are None where there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """As plain JSON."""
        found: dict[str, float | None] = plain(vars(self))
        return found


def estimate(value: Any, draws: Any) -> Estimate:
    """The interval of a figure from its bootstrap draws."""
    found = np.asarray(draws, dtype=np.float64)
    found = found[np.isfinite(found)]
    known = value is not None and np.isfinite(value)
    if not known or not found.size:
        return Estimate(float(value) if known else None)
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(value), float(low), float(high))


@dataclass(frozen=True)
class Groups:
    """Who is in which group, and how often each draw takes each group."""

    count: int
    weights: Floats
    """One row a group, one column a draw; the first column is the customers as they are."""

    def table(self, rows: Integers, groups: Integers, values: Any, height: int) -> Floats:
        """Sums of `values` by row and draw: the first column as they are, then the draws."""
        cells = np.bincount(
            rows * self.count + groups, weights=values, minlength=height * self.count
        )
        found: Floats = cells.reshape(height, self.count) @ self.weights
        return found


def deal(customers: int, draws: int = DRAWS, seed: int = SEED) -> tuple[Groups, Integers]:
    """Groups for so many customers, and the group of each, in the order of their ids."""
    count = max(min(customers, GROUPS), 1)
    random = np.random.Generator(np.random.PCG64(seed))
    groups = random.permutation(customers) % count
    drawn = random.multinomial(count, np.full(count, 1 / count), size=draws).T
    return Groups(count, np.hstack([np.ones((count, 1)), drawn])), groups.astype(np.int64)
