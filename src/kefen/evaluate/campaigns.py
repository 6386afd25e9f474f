"""What a campaign changed: sales of the treated against a holdout, adjusted, class by class.

Outcomes are winsorised, since a few great orders would hide everything else, and adjusted by what
customers bought before (CUPED: Deng, Xu, Kohavi & Walker, Improving the Sensitivity of Online
Controlled Experiments by Utilizing Pre-Experiment Data, WSDM 2013). Intervals are Welch's. Whether
the groups have the sizes that they were drawn with is tested first (Fabijan et al., Diagnosing
Sample Ratio Mismatch, KDD 2019): where they have not, nothing can be said.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kefen.evaluate.bootstrap import Estimate
from kefen.evaluate.findings import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen.evaluate.bootstrap import Floats

WINSOR: Final = 0.99
"""Outcomes above this quantile of all count as that quantile."""
MISMATCH: Final = 0.001
"""A chance of the groups' sizes below this says that something sorted the customers."""
FEWEST: Final = 30
"""Customers of each group below which nothing is told."""
_NORMAL: Final = 1.959963984540054


@dataclass(frozen=True)
class CampaignEffect:
    """What the campaign changed for some customers.

    Attributes:
        treated, holdout: customers in each group.
        mean_treated, mean_holdout: their mean outcomes, winsorised.
        uplift: the adjusted difference of a customer, with its 95 % interval; no value where a
            group has fewer than `FEWEST`.
        ratio_p: the chance of such sizes of the groups, were the customers drawn as said.
        repeat_treated, repeat_holdout: the shares that bought at all.
    """

    treated: int
    holdout: int
    mean_treated: float | None
    mean_holdout: float | None
    uplift: Estimate
    ratio_p: float | None
    repeat_treated: float | None
    repeat_holdout: float | None

    @property
    def mismatch(self) -> bool:
        """Whether the groups have other sizes than they were drawn with."""
        return self.ratio_p is not None and self.ratio_p < MISMATCH

    @property
    def verdict(self) -> str:
        """`mismatch`, `too-few`, `gain`, `harm` or `nothing` that can be told from chance."""
        if self.mismatch:
            return "mismatch"
        low, high = self.uplift.low, self.uplift.high
        if low is None or high is None:
            return "too-few"
        return "gain" if low > 0 else "harm" if high < 0 else "nothing"

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        told = {k: v for k, v in vars(self).items() if k != "uplift"}
        found: dict[str, Any] = plain(told)
        return found | {"uplift": self.uplift.to_dict(), "verdict": self.verdict}


def campaign_effect(
    treated: Sequence[bool] | Any,
    outcome: Sequence[float] | Floats,
    before: Sequence[float] | Floats,
    share: float,
) -> CampaignEffect:
    """What a campaign changed, of customers as they were assigned, whether reached or not.

    Args:
        treated: whether each was to be treated.
        outcome: what came of each, such as sales since.
        before: the same before the campaign began.
        share: the share that was drawn for the holdout.
    """
    arm = np.asarray(treated, dtype=bool)
    raw, past = np.asarray(outcome, dtype=float), np.asarray(before, dtype=float)
    one, two = int(arm.sum()), int((~arm).sum())
    chance = sample_ratio(one, two, share)
    if not one or not two:
        return CampaignEffect(one, two, None, None, Estimate(None), chance, None, None)
    value = np.minimum(raw, np.quantile(raw, WINSOR))
    past = np.minimum(past, np.quantile(past, WINSOR))
    means = float(value[arm].mean()), float(value[~arm].mean())
    bought = float((raw[arm] > 0).mean()), float((raw[~arm] > 0).mean())
    found = Estimate(None)
    if min(one, two) >= FEWEST:
        adjusted = _adjusted(value, past)
        gap = float(adjusted[arm].mean() - adjusted[~arm].mean())
        error = sqrt(
            float(adjusted[arm].var(ddof=1)) / one + float(adjusted[~arm].var(ddof=1)) / two
        )
        found = Estimate(gap, gap - _NORMAL * error, gap + _NORMAL * error)
    return CampaignEffect(one, two, *means, found, chance, *bought)


def _adjusted(value: Floats, past: Floats) -> Floats:
    """The outcomes less what the past foretells of them."""
    spread = float(past.var())
    if spread <= 0:
        return value
    slope = float(((past - past.mean()) * (value - value.mean())).mean()) / spread
    found: Floats = value - slope * (past - past.mean())
    return found


def sample_ratio(treated: int, holdout: int, share: float) -> float | None:
    """The chance of sizes at least so far from the share that was drawn (chi-squared, 1 degree).

    >>> round(sample_ratio(900, 100, 0.1), 3), round(sample_ratio(930, 70, 0.1), 4)
    (1.0, 0.0016)
    """
    whole = treated + holdout
    if not whole or not 0 < share < 1:
        return None
    wanted = whole * share
    statistic = (holdout - wanted) ** 2 / wanted + (holdout - wanted) ** 2 / (whole - wanted)
    return erfc(sqrt(statistic / 2))


def detectable(
    spread: float, treated: int, holdout: int, *, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """The least difference of means that such groups show with this power; None for too few.

    `spread` is the standard deviation of the outcome. Of two groups of 100 with a deviation of 1
    it is (1.96 + 0.84) × √(1 ÷ 100 + 1 ÷ 100):

    >>> round(detectable(1.0, 100, 100), 3)
    0.396
    """
    if min(treated, holdout) < FEWEST:
        return None
    normal = NormalDist()
    reach = normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)
    return reach * spread * sqrt(1 / treated + 1 / holdout)
