"""The Qini curve: what treating the best first brings over treating anybody.

Radcliffe, "Using Control Groups to Target on Predicted Lift: Building and Assessing Uplift
Models", Direct Marketing Analytics Journal, 2007. Of the customers ranked best first, up to each
place the gain is `R_t − R_c · N_t ÷ N_c`: outcomes of the treated, less what those left alone tell
that they would have been without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from kefen.predict.data import Array, Flags, Index

RESAMPLES: Final = 400
POINTS: Final = 100
_TAILS: Final = (2.5, 97.5)


@dataclass(frozen=True)
class Qini:
    """How well a ranking finds whom treating changes.

    Attributes:
        value: the area between the curve and the straight line of treating anybody, in units of
            the outcome of a treated customer; 0 for a ranking that knows nothing.
        low, high: its 95 % interval, by drawing customers anew (percentile bootstrap).
        auuc: the whole area under the curve.
        lift: what treating all brings a customer: where the curve ends.
        shares, gains: the curve, at no more than 100 places: of so great a share of the customers,
            best first, what treating them brings, spread over all.
    """

    value: float
    low: float
    high: float
    auuc: float
    lift: float
    shares: tuple[float, ...]
    gains: tuple[float, ...]

    @property
    def proven(self) -> bool:
        """Whether the ranking is surely better than none."""
        return self.low > 0


def qini(
    score: Array,
    treated: Flags,
    outcome: Array,
    *,
    weight: Array | None = None,
    person: Index | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Qini:
    """The Qini curve of a ranking.

    Four customers, of whom those ranked first respond to being treated: the curve rises to ½ at
    half of them and stays. Its area is ½ · ½ · ½ + ½ · ½ = 0.375, that below the line 0.25.

    >>> found = qini(np.array([2.0, 2.0, 1.0, 1.0]), np.array([True, False, True, False]),
    ...              np.array([1.0, 0.0, 0.0, 0.0]), resamples=0)
    >>> found.gains, round(found.auuc, 4), round(found.value, 4)
    ((0.0, 0.5, 0.5), 0.375, 0.125)

    Args:
        score: the greater, the earlier a customer is treated; equal ones are taken together.
        treated: whether each was treated.
        outcome: what came of each.
        weight: 1 ÷ the chance of being in the own group, where experiments differ in it.
        person: which rows are of the same customer; by default each is another.
        resamples: how often customers are drawn anew for the interval.
        seed: of the draws.
    """
    arm = np.asarray(treated, dtype=bool)
    weights = np.ones(len(arm)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))  # NumPy's own
    told = arm[order], outcome[order], ends
    shares, gains = _curve(weights[order], *told)
    area = _area(shares, gains)
    value = area - float(gains[-1]) / 2
    low = high = value
    if resamples:
        who = np.arange(len(arm)) if person is None else person
        count = int(who.max()) + 1
        rng = np.random.default_rng(seed)
        drawn = np.empty(resamples)
        for number in range(resamples):
            times = np.bincount(rng.integers(0, count, count), minlength=count)[who]
            x, y = _curve((weights * times)[order], *told)
            drawn[number] = _area(x, y) - y[-1] / 2
        low, high = (float(one) for one in np.percentile(drawn, _TAILS))
    kept = np.unique(np.linspace(0, len(shares) - 1, min(POINTS, len(shares))).astype(int))
    return Qini(
        value,
        low,
        high,
        area,
        float(gains[-1]),
        tuple(float(one) for one in shares[kept]),
        tuple(float(one) for one in gains[kept]),
    )


def _curve(weight: Array, arm: Flags, outcome: Array, ends: Index) -> tuple[Array, Array]:
    """The share of customers and the gain at the end of each block of equal scores."""
    one, other = weight * arm, weight * ~arm
    n_t, n_c = np.cumsum(one)[ends], np.cumsum(other)[ends]
    r_t, r_c = np.cumsum(one * outcome)[ends], np.cumsum(other * outcome)[ends]
    without = np.divide(r_c * n_t, n_c, out=np.zeros(len(ends)), where=n_c > 0)
    shares = (n_t + n_c) / max(float(n_t[-1] + n_c[-1]), 1e-300)
    gains = (r_t - without) / max(float(n_t[-1]), 1e-300)
    return np.insert(shares, 0, 0.0), np.insert(gains, 0, 0.0)


def _area(shares: Array, gains: Array) -> float:
    return float(np.sum(np.diff(shares) * (gains[1:] + gains[:-1]) / 2))
