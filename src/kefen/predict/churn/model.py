"""The churn model: gradient-boosted trees, calibrated on a later day than they learned from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from kefen.errors import KefenError
from kefen.period import Window
from kefen.predict.churn.examples import past, requests
from kefen.predict.churn.shapley import shapley

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from typing import Self

    from kefen.indicators import Request
    from kefen.ledger import Ledger
    from kefen.predict.churn.examples import Examples
    from kefen.predict.data import Array

_LEAST: Final = 50
"""Customers who stayed, and who left, below which nothing is learned."""

_BINS: Final = 10


@dataclass(frozen=True)
class Reason:
    """What one feature adds to a customer's risk, against a typical customer.

    Attributes:
        indicator: the feature, with its `window`.
        value: the customer's own; None where unknown.
        typical: the median of active customers.
        effect: what it adds to the log-odds of leaving; all of a customer's sum to the
            difference between this customer and the typical one.
    """

    indicator: str
    window: str
    value: float | None
    typical: float | None
    effect: float


@dataclass(frozen=True)
class Evaluation:
    """How well the model foretold the latest day it has an outcome of.

    The trees never saw that day; the calibration told here was learned on the other half of
    its customers.

    Attributes:
        day: as of when it foretold.
        customers: how many.
        left: share who left.
        brier: mean squared error of the probabilities.
        brier_of_average: the same for one who gives everyone the share of earlier days.
        auc: chance that of two customers the one who left had the higher risk.
        calibration: ten groups by risk: `customers`, `predicted`, `observed`.
    """

    day: date
    customers: int
    left: float
    brier: float
    brier_of_average: float
    auc: float
    calibration: list[dict[str, float]]


@dataclass(frozen=True)
class Churn:
    """A fitted model.

    Attributes:
        horizon: a customer churns who buys nothing for so long after the day asked about.
        features: what it looks at, with columns as `examples.active` names them.
        learned_on: days of the examples the trees were grown on.
        evaluation: how well it did on the day after those.
        typical: median of each feature among customers active on that day.
    """

    horizon: Window
    features: Sequence[Request]
    learned_on: Sequence[date]
    evaluation: Evaluation
    typical: Array
    _trees: HistGradientBoostingClassifier = field(repr=False)
    _scale: tuple[float, float] = field(repr=False)

    @classmethod
    def fit(cls, ledger: Ledger, as_of: date, horizon: Window | str = "6m") -> Self:
        """Learn from up to four past days whose horizons end by `as_of`.

        The trees grow on all days but the latest; the latest gives the calibration (Platt,
        "Probabilistic Outputs for Support Vector Machines", 1999). With one day only, the trees
        take half of its customers.

        Raises:
            KefenError: `history-too-short`; `churn-one-sided` when hardly anybody left or stayed.
        """
        span = getattr(ledger, "span", lambda: None)()
        if span is None:
            raise KefenError("history-empty")
        window = Window.ahead(horizon)
        asked = requests(ledger)
        wanted = [request for request, _ in asked]
        latest, *earlier = past(ledger, as_of, window, wanted, span[0])
        if not earlier:
            latest, *earlier = _halves(latest)
        seen = np.concatenate([one.features for one in earlier])
        left = np.concatenate([one.left for one in earlier])
        _both_sides(left)
        _both_sides(latest.left)
        trees = _trees([direction for _, direction in asked], left.size)
        with threadpool_limits(1, "openmp"):  # more threads wait for each other longer than this
            trees.fit(_told(seen), left)
        raw = np.asarray(trees.decision_function(latest.features))
        return cls(
            window,
            wanted,
            [one.day for one in earlier],
            _evaluate(latest, raw, float(left.mean())),
            np.nanmedian(_told(latest.features), axis=0),
            trees,
            _platt(raw, latest.left),
        )

    def probability(self, features: Array) -> Array:
        """Probability of buying nothing in the horizon; a row a customer, a column a feature."""
        return np.asarray(expit(self._log_odds(features)), np.float64)

    def reasons(self, row: Mapping[str, Any]) -> list[Reason]:
        """What makes the risk of one customer, the largest effect first.

        `row` has the columns of `features`.
        """
        told = [row.get(one.column) for one in self.features]
        own = np.array([np.nan if value is None else float(value) for value in told])
        effects = shapley(self._log_odds, own, self.typical)
        found = [
            Reason(
                one.indicator,
                str(one.window),
                None if np.isnan(value) else float(value),
                float(typical),
                float(effect),
            )
            for one, value, typical, effect in zip(
                self.features, own, self.typical, effects, strict=True
            )
        ]
        return sorted(found, key=lambda reason: -abs(reason.effect))

    def main_reasons(self, features: Array) -> list[str | None]:
        """The indicator that raises each customer's risk most against its typical value."""
        whole = self._log_odds(features)
        effects = np.empty(features.shape)
        for at, typical in enumerate(self.typical):
            changed = features.copy()
            changed[:, at] = typical
            effects[:, at] = whole - self._log_odds(changed)
        best = effects.argmax(axis=1)
        names = [one.indicator for one in self.features]
        raises = effects.max(axis=1, initial=0.0) > 0
        return [names[at] if up else None for at, up in zip(best, raises, strict=True)]

    def _log_odds(self, features: Array) -> Array:
        slope, shift = self._scale
        return np.asarray(slope * self._trees.decision_function(features) + shift, np.float64)


def _trees(directions: Sequence[int], examples: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        learning_rate=0.06,
        max_iter=120,
        max_leaf_nodes=12,
        min_samples_leaf=max(20, examples // 1000),
        l2_regularization=1.0,
        monotonic_cst=list(directions),
        early_stopping=False,
        random_state=0,
    )


def _halves(examples: Examples) -> list[Examples]:
    kind = type(examples)
    return [
        kind(examples.day, examples.features[on], examples.left[on], examples.half[on])
        for on in (examples.half == 0, examples.half == 1)
    ]


def _both_sides(left: Array) -> None:
    """Both must be there to be told apart."""
    gone = int(left.sum())
    if min(gone, left.size - gone) < _LEAST:
        raise KefenError("churn-one-sided", left=gone, stayed=left.size - gone, least=_LEAST)


def _told(features: Array) -> Array:
    """Features nobody has a value of are 0, so that a median is one."""
    empty = np.isnan(features).all(axis=0)
    return np.where(empty, 0.0, features)


def _platt(raw: Array, left: Array) -> tuple[float, float]:
    """Slope and shift of the log-odds that make the outcomes most likely, targets smoothed."""
    gone = float(left.sum())
    high, low = (gone + 1) / (gone + 2), 1 / (left.size - gone + 2)
    goal = np.where(left > 0, high, low)

    def loss(place: Array) -> tuple[float, Array]:
        odds = place[0] * raw + place[1]
        apart = expit(odds) - goal
        value = float(np.mean(np.logaddexp(0, odds) - goal * odds))
        return value, np.array([np.mean(apart * raw), np.mean(apart)])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS").x
    return float(found[0]), float(found[1])


def _evaluate(latest: Examples, raw: Array, before: float) -> Evaluation:
    told = np.empty(raw.size)
    for half in (0.0, 1.0):
        own, other = latest.half == half, latest.half != half
        one_sided = len(np.unique(latest.left[other])) < 2
        slope, shift = (1.0, 0.0) if one_sided else _platt(raw[other], latest.left[other])
        told[own] = expit(slope * raw[own] + shift)
    groups = np.array_split(np.argsort(told, kind="stable"), _BINS)
    return Evaluation(
        latest.day,
        raw.size,
        float(latest.left.mean()),
        float(np.mean((told - latest.left) ** 2)),
        float(np.mean((before - latest.left) ** 2)),
        float(roc_auc_score(latest.left, told)),
        [
            {
                "customers": float(one.size),
                "predicted": float(told[one].mean()),
                "observed": float(latest.left[one].mean()),
            }
            for one in groups
            if one.size
        ],
    )
