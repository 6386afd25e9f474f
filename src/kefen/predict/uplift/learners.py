"""T- and X-learner: what treating changes for a customer, from what others did.

Künzel, Sekhon, Bickel & Yu, "Metalearners for estimating heterogeneous treatment effects using
machine learning", PNAS, 2019. Two models foretell the outcome with and without; the T-learner
takes their difference. The X-learner has each group's model say what the other group would have
done, learns those differences, and weighs the two by the chance of being treated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from kefen.predict.uplift.qini import RESAMPLES, qini

if TYPE_CHECKING:
    from typing import Self

    from kefen.predict.data import Array, Flags, Index
    from kefen.predict.uplift.qini import Qini

ROUNDS: Final = 60
_LEAST_LEAF: Final = 20


@dataclass(frozen=True)
class Trial:
    """Customers of experiments.

    Attributes:
        features: what was known before, a row a customer, a column a feature; nan where unknown.
        treated: whether each was to be treated.
        outcome: what came of each.
        chance: the share of the own experiment that was to be treated.
        person: which rows are of the same customer, numbered from 0.
    """

    features: Array
    treated: Flags
    outcome: Array
    chance: Array
    person: Index

    def part(self, rows: Flags) -> Trial:
        """Some of the rows."""
        return Trial(
            self.features[rows],
            self.treated[rows],
            self.outcome[rows],
            self.chance[rows],
            self.person[rows],
        )

    @property
    def weight(self) -> Array:
        """1 ÷ the chance of being in the own group."""
        return np.asarray(1 / np.where(self.treated, self.chance, 1 - self.chance))


@dataclass(frozen=True)
class Trees:
    """Gradient-boosted trees on one thread: more wait for each other longer than the work takes."""

    model: HistGradientBoostingRegressor

    def predict(self, features: Array) -> Array:
        """What they foretell of each row."""
        with threadpool_limits(1, "openmp"):
            return np.asarray(self.model.predict(features), np.float64)


@dataclass(frozen=True)
class Learner:
    """Models of the outcome without and with, and of the difference as each group tells it."""

    without: Trees
    with_: Trees
    of_held: Trees
    of_treated: Trees

    @classmethod
    def fit(cls, trial: Trial, rounds: int = ROUNDS) -> Self:
        """Learn from the rows of a trial."""
        x, y, arm = trial.features, trial.outcome, trial.treated
        without, with_ = _trees(x[~arm], y[~arm], rounds), _trees(x[arm], y[arm], rounds)
        of_treated = _trees(x[arm], y[arm] - without.predict(x[arm]), rounds, leaf=20)
        of_held = _trees(x[~arm], with_.predict(x[~arm]) - y[~arm], rounds, leaf=20)
        return cls(without, with_, of_held, of_treated)

    def outcomes(self, features: Array) -> tuple[Array, Array]:
        """What each customer would do without, and with."""
        return self.without.predict(features), self.with_.predict(features)

    def t(self, features: Array) -> Array:
        """What treating changes for each customer, by the T-learner."""
        without, with_ = self.outcomes(features)
        return with_ - without

    def x(self, features: Array, chance: Array) -> Array:
        """The same by the X-learner."""
        held, treated = self.of_held.predict(features), self.of_treated.predict(features)
        return chance * held + (1 - chance) * treated


def _trees(features: Array, outcome: Array, rounds: int, leaf: int = 50) -> Trees:
    model = HistGradientBoostingRegressor(
        learning_rate=0.08,
        max_iter=rounds,
        max_leaf_nodes=6,
        min_samples_leaf=max(_LEAST_LEAF, len(outcome) // leaf),
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
    )
    with threadpool_limits(1, "openmp"):
        model.fit(features, outcome)
    return Trees(model)


@dataclass(frozen=True)
class CrossFitted:
    """What models that never saw a customer tell of each.

    Attributes:
        half: 0 or 1 of each row; customers are in one of them with all their rows.
        learners: learned on half 0, and on half 1.
        t, x: what treating changes, by the learner of the other half.
        doubly: the doubly robust value of each (Robins, Rotnitzky & Zhao, 1994), whose mean over
            any customers chosen without looking at their outcomes is what treating brings them.
    """

    half: Index
    learners: tuple[Learner, Learner]
    t: Array
    x: Array
    doubly: Array


def cross_fitted(trial: Trial, *, rounds: int = ROUNDS, seed: int = 0) -> CrossFitted:
    """Learn on each half of the customers, and tell of the other half."""
    rng = np.random.default_rng(seed)
    people = int(trial.person.max()) + 1
    half = (rng.permutation(people) % 2)[trial.person]
    size = len(half)
    t, x, doubly = np.empty(size), np.empty(size), np.empty(size)
    learned = []
    for own in (0, 1):
        model = Learner.fit(trial.part(half == own), rounds)
        learned.append(model)
        other = half != own
        seen = trial.part(other)
        without, with_ = model.outcomes(seen.features)
        t[other] = with_ - without
        x[other] = model.x(seen.features, seen.chance)
        expected = np.where(seen.treated, with_, without)
        sign = np.where(seen.treated, 1.0, -1.0)
        doubly[other] = with_ - without + sign * seen.weight * (seen.outcome - expected)
    return CrossFitted(half, (learned[0], learned[1]), t, x, doubly)


def qini_of(
    trial: Trial, fitted: CrossFitted, score: Array, *, resamples: int = RESAMPLES, seed: int = 0
) -> Qini:
    """The Qini of a cross-fitted score: the curve of both halves, and the interval of one.

    Both halves say the same of chance: what is by chance alike in them, each half's model finds in
    the other. So two halves are no surer than one, and the mean of both intervals is taken.
    """
    told = {"resamples": resamples, "seed": seed}
    whole = qini(
        _ranked(score, fitted.half), trial.treated, trial.outcome, weight=trial.weight, resamples=0
    )
    below, above = [], []
    for own in (0, 1):
        rows = fitted.half == own
        part = trial.part(rows)
        _people, person = np.unique(part.person, return_inverse=True)
        found = qini(
            score[rows], part.treated, part.outcome, weight=part.weight, person=person, **told
        )
        below.append(found.value - found.low)
        above.append(found.high - found.value)
    low, high = whole.value - float(np.mean(below)), whole.value + float(np.mean(above))
    return replace(whole, low=low, high=high)


def _ranked(score: Array, half: Index) -> Array:
    """Scores of two models as places within their halves, from 0 to 1; equal ones share a place."""
    found = np.empty(len(score))
    for own in (0, 1):
        rows = half == own
        _values, place, counts = np.unique(score[rows], return_inverse=True, return_counts=True)
        found[rows] = (np.cumsum(counts)[place] - counts[place] / 2) / max(int(rows.sum()), 1)
    return found
