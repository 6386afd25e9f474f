"""Whether the groups of an experiment were alike before it: their sizes and their past.

The standardised difference is (mean of the treated − mean of the held out) ÷ √((s²₁ + s²₂) ÷ 2);
below 0.1 it is usually neglected (Austin, Balance diagnostics for comparing the distribution of
baseline covariates, Statistics in Medicine, 2009), above 0.25 adjusting is no remedy (Imbens &
Rubin, Causal Inference, 2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.evaluate.findings import plain

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Balance:
    """The two groups before the experiment.

    Attributes:
        treated, holdout: customers in each.
        past_treated, past_holdout: their mean of what the run weighs customers by, such as sales
            of the window before its date; None for an empty group.
        difference: the standardised difference of these means; None where it cannot be told.
    """

    treated: int
    holdout: int
    past_treated: float | None
    past_holdout: float | None
    difference: float | None

    @property
    def smaller(self) -> float | None:
        """The share of the smaller group; None without anybody."""
        whole = self.treated + self.holdout
        return min(self.treated, self.holdout) / whole if whole else None

    @property
    def wider(self) -> float | None:
        """How many times as wide intervals are as with two groups of equal size."""
        share = self.smaller
        return None if not share else 1 / (2 * sqrt(share * (1 - share)))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        found: dict[str, Any] = plain(vars(self) | {"smaller": self.smaller, "wider": self.wider})
        return found


def balance(rows: pl.DataFrame) -> Balance:
    """The balance of rows of `treated` and `past`.

    >>> rows = pl.DataFrame({"treated": [True, True, False, False], "past": [3.0, 5.0, 1.0, 3.0]})
    >>> round(balance(rows).difference, 3)  # (4 − 2) ÷ √2
    1.414
    """
    past = pl.col("past")
    found = rows.group_by("treated").agg(n=pl.len(), mean=past.mean(), spread=past.var())
    groups = {row["treated"]: row for row in found.to_dicts()}
    nothing: dict[str, Any] = {"n": 0, "mean": None, "spread": None}
    one, two = (groups.get(side, nothing) for side in (True, False))
    return Balance(one["n"], two["n"], one["mean"], two["mean"], _difference(one, two))


def _difference(one: Mapping[str, Any], two: Mapping[str, Any]) -> float | None:
    if one["mean"] is None or two["mean"] is None:
        return None
    gap = float(one["mean"] - two["mean"])
    if one["spread"] is None or two["spread"] is None:
        return None
    pooled = sqrt((one["spread"] + two["spread"]) / 2)
    if pooled == 0:
        return 0.0 if gap == 0 else None
    return gap / pooled
