"""Calibration: whether what was predicted is what came, in bins of the prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kefen.evaluate.findings import LANGUAGES, plain, shown
from kefen.indicators import catalogue
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.evaluate.bootstrap import Floats
    from kefen.evaluate.findings import Unit
    from kefen.schemes import Scheme

BINS = 10

PREDICTED: Final[Mapping[str, str]] = {
    "churn_probability": "left",
    "expected_purchases": "purchases",
    "expected_purchases_bg_nbd": "purchases",
}
"""Predictions of a time ahead and what they are about: who `left` (bought nothing in that time),
or the number of purchase days."""

_RESTS_ON: Final[Mapping[str, str]] = {
    "p_alive": "expected_purchases",
    "lifetime_value": "expected_purchases",
    "p_alive_bg_nbd": "expected_purchases_bg_nbd",
}
"""Predictions that cannot be seen to come true, and the one of the same model that can."""


def foretelling(schemes: Sequence[Scheme]) -> list[str]:
    """The predictions to hold against what came, because these schemes read their models."""
    read = [request.indicator for scheme in schemes for request in scheme.requests()]
    names = [_RESTS_ON.get(name, name) for name in read]
    return [name for name in dict.fromkeys(names) if name in PREDICTED]


@dataclass(frozen=True)
class Bin:
    """Customers with about the same prediction: the means of what was said and what came."""

    customers: int
    predicted: float
    realised: float


@dataclass(frozen=True)
class Calibration:
    """A prediction against what came.

    Attributes:
        indicator: what was predicted, `outcome` what it is about.
        bins: by prediction, least first, with about as many customers each.
        predicted, realised: means over all.
        brier: mean squared error of a probability (Brier 1950); None for counts.
        brier_base: the same of telling everyone the realised mean; below it there is skill.
        skill: 1 − brier ÷ brier_base.
        error: mean absolute error, for counts.
    """

    indicator: str
    outcome: str
    customers: int
    bins: tuple[Bin, ...]
    predicted: float
    realised: float
    brier: float | None = None
    brier_base: float | None = None
    skill: float | None = None
    error: float | None = None

    @property
    def label(self) -> dict[str, str]:
        """What was predicted, in words."""
        known = catalogue().get(self.indicator)
        return {lang: known.label[lang] if known else self.indicator for lang in LANGUAGES}

    def text(self, lang: str = "en") -> str:
        """What was said and what came, in a sentence."""
        unit: Unit = "number" if self.outcome == "purchases" else "percent"
        facts = {
            "label": self.label[lang],
            "predicted": shown(self.predicted, unit),
            "realised": shown(self.realised, unit),
            "skill": shown(self.skill, "percent"),
            "error": shown(self.error, "number"),
        }
        return sentence(f"calibration-{self.outcome}", facts, lang)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        bins = [dict(vars(one)) for one in self.bins]
        found: dict[str, Any] = plain(vars(self) | {"label": self.label, "bins": bins})
        return found


def calibrate(
    predicted: Floats, realised: Floats, indicator: str, outcome: str
) -> Calibration | None:
    """Bins of the prediction with what came; None when nothing was predicted.

    >>> found = calibrate(np.array([0.9, 0.1]), np.array([1.0, 0.0]), "churn_probability", "left")
    >>> round(found.brier, 4), [one.realised for one in found.bins]
    (0.01, [0.0, 1.0])
    """
    known = np.isfinite(predicted)
    said, came = predicted[known], realised[known]
    size = len(said)
    if not size:
        return None
    order = np.argsort(said, kind="stable")
    # Equal predictions stay together: each takes the bin of the first of them.
    sorted_ = said[order]
    first = np.searchsorted(sorted_, sorted_, side="left")
    _, bins = np.unique(first * BINS // size, return_inverse=True)
    counts = np.bincount(bins)
    means = [np.bincount(bins, weights=v[order]) / counts for v in (said, came)]
    listed = zip(counts, *means, strict=True)
    probability = outcome != "purchases"
    mean = float(came.mean())
    brier = float(((said - came) ** 2).mean()) if probability else None
    base = float(((mean - came) ** 2).mean()) if probability else None
    return Calibration(
        indicator,
        outcome,
        size,
        tuple(Bin(int(n), float(p), float(r)) for n, p, r in listed),
        float(said.mean()),
        mean,
        brier,
        base,
        1 - brier / base if brier is not None and base else None,
        None if probability else float(np.abs(said - came).mean()),
    )
