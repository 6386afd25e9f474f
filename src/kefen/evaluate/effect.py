"""How different classes are in an outcome: the Kruskal-Wallis test and its effect size.

Kruskal & Wallis, Use of Ranks in One-Criterion Variance Analysis, JASA (1952); epsilon-squared
and its reading after Tomczak & Tomczak, The Need to Report Effect Size Estimates Revisited
(2014), with the marks 0.01, 0.06 and 0.14 of Cohen, Statistical Power Analysis (1988).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, gamma, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from kefen.evaluate.bootstrap import Estimate, estimate
from kefen.evaluate.findings import plain

if TYPE_CHECKING:
    from kefen.evaluate.bootstrap import Floats, Groups, Integers

BINS = 128
"""Ranks of the bootstrap draws are by so many bins; the figure itself is exact."""


@dataclass(frozen=True)
class Effect:
    """How much of the order of the outcome the classes explain.

    Attributes:
        h: the Kruskal-Wallis statistic, corrected for ties; `freedom` its degrees of freedom.
        p: the chance of such a statistic, were the classes all alike; None where customers
            count more than once.
        epsilon: epsilon-squared, H ÷ (n − 1): 0 nothing, 1 everything.
        customers: n.
    """

    h: float | None
    freedom: int
    p: float | None
    epsilon: Estimate
    customers: int

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        found: dict[str, Any] = plain(vars(self) | {"epsilon": self.epsilon.to_dict()})
        return found


def kruskal(classes: Integers, outcome: Floats) -> tuple[float | None, int]:
    """H, corrected for ties, and its degrees of freedom; H is None when all are alike.

    The bottle caps of the paper (three machines, H = 5.656):

    >>> caps = [340, 345, 330, 342, 338, 339, 333, 344, 347, 343, 349, 355]
    >>> machines = np.array([0] * 5 + [1] * 3 + [2] * 4)
    >>> h, freedom = kruskal(machines, np.array(caps, dtype=float))
    >>> round(h, 3), freedom, round(chi2_tail(h, freedom), 3)
    (5.656, 2, 0.059)
    """
    size = len(outcome)
    filled = len(np.unique(classes))
    if size < 2 or filled < 2:
        return None, max(filled - 1, 0)
    _, place, ties = np.unique(outcome, return_inverse=True, return_counts=True)
    ranks = np.cumsum(ties) - (ties - 1) / 2
    counts = np.bincount(classes)
    held = counts > 0
    means = np.bincount(classes, weights=ranks[place])[held] / counts[held]
    middle = (size + 1) / 2
    whole = float((ties * (ranks - middle) ** 2).sum())
    between = float((counts[held] * (means - middle) ** 2).sum())
    return ((size - 1) * between / whole if whole > 0 else None), filled - 1


def _explained(table: Floats) -> Floats:
    """The part of the ranks' variance between classes; `table` is class × bin × draw."""
    bins = table.sum(axis=0)
    size = bins.sum(axis=0)
    ranks = np.cumsum(bins, axis=0) - bins / 2 + 0.5
    middle = (size + 1) / 2
    whole = (bins * (ranks - middle) ** 2).sum(axis=0)
    counts = table.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(counts > 0, (table * ranks).sum(axis=1) / counts, middle)
        between = (counts * (means - middle) ** 2).sum(axis=0)
        found: Floats = np.where(whole > 0, between / whole, np.nan)
    return found


def effect(
    classes: Integers, outcome: Floats, groups: Groups, places: Integers, *, once: bool
) -> Effect:
    """The effect with its bootstrap interval; `once` when every customer counts once."""
    h, freedom = kruskal(classes, outcome)
    size = len(outcome)
    if h is None:
        return Effect(None, freedom, None, Estimate(None), size)
    exact = h / (size - 1)
    height = int(classes.max()) + 1
    order = np.sort(outcome)
    edges = np.unique(order[np.linspace(0, size - 1, BINS + 1).astype(int)])
    bins = np.minimum(np.searchsorted(edges, outcome, side="right") - 1, len(edges) - 1)
    rows = (classes * len(edges) + bins).astype(np.int64)
    table = groups.table(rows, places, None, height * len(edges))
    found = _explained(table.reshape(height, len(edges), -1))
    low_high = estimate(exact, found[1:] + (exact - found[0]))
    p = chi2_tail(h, freedom) if once else None
    return Effect(h, freedom, p, low_high, size)


def chi2_tail(statistic: float, freedom: int) -> float:
    """The chance that a chi-squared variable of so many degrees of freedom is at least this.

    Exact for whole degrees of freedom (Abramowitz & Stegun 26.4.4 and 26.4.5).
    """
    if freedom < 1 or statistic <= 0:
        return 1.0
    half = statistic / 2
    if freedom % 2 == 0:
        term, total = 1.0, 1.0
        for place in range(1, freedom // 2):
            term *= half / place
            total += term
        return exp(-half) * total
    steps = range(1, (freedom - 1) // 2 + 1)
    total = sum(half ** (place - 0.5) / gamma(place + 0.5) for place in steps)
    return float(erfc(sqrt(half)) + exp(-half) * total)
