"""Gain curves: which part of the value the best-ranked part of the customers brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kefen.evaluate.bootstrap import Floats, Groups, Integers

BINS = 400
HEAD = 64
"""The first places are kept one by one: that is where the curve is steepest."""


@dataclass(frozen=True)
class Ranking:
    """Customers in bins from the best to the worst; those who rank alike share a bin."""

    bins: Integers
    """The bin of each customer, in the order of their ids."""
    count: int


def ranking(*keys: Floats) -> Ranking:
    """Customers ranked by the first key, then the second and so on; greater is better.

    Within a bin nobody is before another. There are as many bins as there are different ranks,
    up to some 400; more are put together, but never across different values of the first key
    where that is a class.
    """
    size = len(keys[0])
    if not size:
        return Ranking(np.zeros(0, dtype=np.int64), 0)
    order = np.lexsort([-key for key in reversed(keys)])
    differs = np.zeros(size, dtype=bool)
    for key in keys:
        sorted_ = key[order]
        differs[1:] |= sorted_[1:] != sorted_[:-1]
    starts = np.maximum.accumulate(np.where(differs, np.arange(size), 0))
    coarse = np.where(starts < HEAD, starts, HEAD + starts * BINS // size)
    edge = np.zeros(size, dtype=bool)
    edge[1:] = coarse[1:] != coarse[:-1]
    if len(keys) > 1:
        first = keys[0][order]
        edge[1:] |= first[1:] != first[:-1]
    places = np.cumsum(edge)
    bins = np.empty(size, dtype=np.int64)
    bins[order] = places
    return Ranking(bins, int(places[-1]) + 1)


@dataclass(frozen=True)
class Gains:
    """Cumulative shares at the ends of the bins: one row a bin, one column a draw."""

    customers: Floats
    value: Floats

    @property
    def gini(self) -> Floats:
        """Twice the area between the curve and the diagonal, of each draw.

        1 would be all value with the first customer, 0 is chance, below it the order is worse
        than chance. Of values ranked by themselves this is the Gini coefficient (Gini 1912).
        """
        x = np.diff(self.customers, axis=0, prepend=0.0)
        y = self.value - np.diff(self.value, axis=0, prepend=0.0) / 2
        found: Floats = 2 * (x * y).sum(axis=0) - 1
        return found

    def at(self, share: float | Floats) -> Floats:
        """The share of value that this share of customers (of each draw), best first, brings."""
        x, y = self.customers, self.value
        shares = np.broadcast_to(share, x.shape[1])
        place = np.minimum((x < shares).sum(axis=0), len(x) - 1)
        column = np.arange(x.shape[1])
        before = np.maximum(place - 1, 0)
        x0 = np.where(place > 0, x[before, column], 0.0)
        y0 = np.where(place > 0, y[before, column], 0.0)
        x1, y1 = x[place, column], y[place, column]
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(x1 > x0, np.clip((shares - x0) / (x1 - x0), 0.0, 1.0), 1.0)
        found: Floats = np.where(np.isfinite(y1), y0 + (y1 - y0) * part, np.nan)
        return found

    def points(self, most: int = 200) -> list[list[float]]:
        """The curve as it is, from (0, 0) to (1, 1), in at most this many points."""
        x, y = self.customers[:, 0], self.value[:, 0]
        chosen = np.arange(len(x))
        if len(x) > most:
            chosen = np.unique(np.linspace(0, len(x) - 1, most).round().astype(int))
        return [[0.0, 0.0], *([float(x[n]), float(y[n])] for n in chosen)]


def gains(ranked: Ranking, value: Floats, groups: Groups, places: Integers) -> Gains:
    """The gain curve of a ranking; what is below zero counts as zero."""
    height = max(ranked.count, 1)
    customers = groups.table(ranked.bins, places, None, height)
    worth = groups.table(ranked.bins, places, np.maximum(value, 0.0), height)
    return Gains(_shares(customers), _shares(worth))


def _shares(table: Floats) -> Floats:
    running = np.cumsum(table, axis=0)
    whole = running[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(whole > 0, running / whole, np.nan)
    return found


def gini(values: Floats) -> float | None:
    """The Gini coefficient of values of zero and more; None without any above zero.

    >>> gini(np.array([1.0, 1.0, 1.0, 1.0])), gini(np.array([0.0, 0.0, 0.0, 1.0]))
    (0.0, 0.75)
    """
    ordered = np.sort(np.maximum(values, 0.0))
    total = float(ordered.sum())
    if not len(ordered) or total <= 0:
        return None
    size = len(ordered)
    ranks = np.arange(1, size + 1)
    return float(2 * (ranks * ordered).sum() / (size * total) - (size + 1) / size)


def top_share(values: Floats, part: float) -> float | None:
    """The share of all value with the most valuable `part` of the customers, rounded up."""
    ordered = np.sort(np.maximum(values, 0.0))[::-1]
    total = float(ordered.sum())
    if not len(ordered) or total <= 0:
        return None
    return float(ordered[: int(np.ceil(len(ordered) * part - 1e-9))].sum() / total)


def lorenz(values: Floats, most: int = 100) -> list[list[float]]:
    """The Lorenz curve, poorest first: (share of customers, share of value)."""
    ordered = np.sort(np.maximum(values, 0.0))
    total = float(ordered.sum())
    if not len(ordered) or total <= 0:
        return [[0.0, 0.0], [1.0, 1.0]]
    running = np.cumsum(ordered) / total
    size = len(ordered)
    chosen = np.unique(np.linspace(0, size - 1, min(most, size)).round().astype(int))
    return [[0.0, 0.0], *([(int(n) + 1) / size, float(running[n])] for n in chosen)]
