"""Customers by what treating does to them, by a few conditions that anybody can check.

A small tree is grown on what half of the customers tell (of each the X-learner's uplift); what its
leaves bring is measured on the other half, which it never saw, with intervals that hold for all
leaves together (Bonferroni). So what is found is not what was looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from sklearn.tree import DecisionTreeRegressor

if TYPE_CHECKING:
    from kefen.predict.data import Array, Flags, Index
    from kefen.predict.uplift.learners import CrossFitted, Trial

Segment = Literal["persuadable", "sure", "lost", "alone"]
SEGMENTS: Final[tuple[Segment, ...]] = ("persuadable", "sure", "lost", "alone")
"""Persuadable, sure thing, lost cause, better left alone: the order in which they are told."""
LEAVES: Final = 8
DEPTH: Final = 3
SPLIT: Final = 0.03
"""So much of the differences in uplift a condition explains at least."""
FEWEST: Final = 30
"""Treated and left alone in a leaf below which its uplift is not told."""
_DIGITS: Final = 3


@dataclass(frozen=True)
class Measured:
    """What treating brings some customers.

    Attributes:
        customers: how many they are, of all.
        treated, holdout: of them in each group of the half that it was measured on.
        lift: what treating brings a customer, with the interval `low` to `high`; None where a
            group has fewer than `FEWEST`.
        baseline: what a customer brings without.
    """

    customers: int
    treated: int
    holdout: int
    lift: float | None
    low: float | None
    high: float | None
    baseline: float | None


@dataclass(frozen=True)
class Leaf:
    """Customers who meet all conditions, and those of no leaf before.

    Attributes:
        conditions: pairs of a feature's number and the most that its value is.
        segment: what follows from `measured`.
    """

    conditions: tuple[tuple[int, float], ...]
    segment: Segment
    measured: Measured


@dataclass(frozen=True)
class Segmented:
    """The leaves in their order, and the segments with what treating brings each."""

    leaves: tuple[Leaf, ...]
    by_segment: dict[Segment, Measured]

    def segment_of(self, features: Array) -> list[Segment]:
        """The segment of each customer, by the conditions alone."""
        place = _placed(features, [one.conditions for one in self.leaves])
        return [self.leaves[number].segment for number in place]


def segments(trial: Trial, fitted: CrossFitted) -> Segmented:
    """Grow the tree on the first half, and measure its leaves on the second."""
    grown, kept = fitted.half == 0, fitted.half == 1
    seen = trial.part(grown)
    uplift = fitted.learners[0].x(seen.features, seen.chance)
    paths = _paths(seen.features, uplift)
    place = _placed(trial.features, paths)
    z = NormalDist().inv_cdf(1 - 0.025 / len(paths))
    usual = _baseline(trial, kept)
    leaves = []
    for number, conditions in enumerate(paths):
        measured = _measured(trial, fitted, place == number, kept, z)
        if measured.customers:
            leaves.append(Leaf(conditions, _segment(measured, usual), measured))
    paths = [one.conditions for one in _merged(leaves)]
    told = [one.segment for one in _merged(leaves)]
    place = _placed(trial.features, paths)
    leaves = [
        Leaf(path, name, _measured(trial, fitted, place == number, kept, z))
        for number, (path, name) in enumerate(zip(paths, told, strict=True))
    ]
    found: dict[Segment, Measured] = {}
    for name in SEGMENTS:
        own = [number for number, one in enumerate(leaves) if one.segment == name]
        if own:
            found[name] = _measured(trial, fitted, np.isin(place, own), kept, z)
    return Segmented(tuple(leaves), found)


def _segment(one: Measured, usual: float) -> Segment:
    """What to call customers of whom this is known."""
    if one.low is not None and one.low > 0:
        return "persuadable"
    if one.high is not None and one.high < 0:
        return "alone"
    return "sure" if one.baseline is not None and one.baseline >= usual else "lost"


def _merged(leaves: list[Leaf]) -> list[Leaf]:
    """Without leaves whose customers would be in the next, were it not for them, and alike there.

    The last takes all who are left.
    """
    last = leaves[-1]
    found = [Leaf((), last.segment, last.measured)]
    for one in reversed(leaves[:-1]):
        following, own = found[0], dict(one.conditions)
        inside = all(own.get(name, np.inf) <= most for name, most in following.conditions)
        if one.segment != following.segment or not inside:
            found.insert(0, one)
    return found


def _baseline(trial: Trial, rows: Flags) -> float:
    """What a customer brings without, by those left alone, as experiments differ in their share."""
    held = rows & ~trial.treated
    weight = trial.weight[held]
    return float(np.sum(trial.outcome[held] * weight) / np.sum(weight)) if held.any() else 0.0


def _measured(trial: Trial, fitted: CrossFitted, inside: Flags, kept: Flags, z: float) -> Measured:
    rows = inside & kept
    one, other = int((rows & trial.treated).sum()), int((rows & ~trial.treated).sum())
    size = int(inside.sum())
    baseline = _baseline(trial, rows) if other else None
    if min(one, other) < FEWEST:
        return Measured(size, one, other, None, None, None, baseline)
    lift, error = _mean(fitted.doubly[rows], trial.person[rows])
    return Measured(size, one, other, lift, lift - z * error, lift + z * error, baseline)


def _mean(values: Array, person: Index) -> tuple[float, float]:
    """The mean, and its error; rows of the same customer count as one draw."""
    mean = float(values.mean())
    _people, place = np.unique(person, return_inverse=True)
    sums = np.bincount(place, values - mean)
    return mean, sqrt(float(np.sum(sums**2))) / len(values)


def _paths(features: Array, uplift: Array) -> list[tuple[tuple[int, float], ...]]:
    """The conditions of each leaf, left to right.

    A customer who fails a condition is in a leaf further right, so that of each leaf only what is
    "at most" needs saying. What is unknown is never at most anything.
    """
    rows = len(uplift)
    tree = DecisionTreeRegressor(
        max_leaf_nodes=LEAVES,
        max_depth=DEPTH,
        min_samples_leaf=max(2 * FEWEST, rows // 20),
        min_impurity_decrease=SPLIT * float(uplift.var()),
        random_state=0,
    )
    known = np.where(np.isnan(features), -np.inf, features).max(axis=0)
    beyond = np.where(np.isfinite(known), known, 0.0)
    tree.fit(np.where(np.isnan(features), beyond + np.abs(beyond) + 1, features), uplift)
    parts = tree.tree_
    found: list[tuple[tuple[int, float], ...]] = []

    def walk(node: int, most: dict[int, float]) -> None:
        left, right = int(parts.children_left[node]), int(parts.children_right[node])
        if left == right:
            conditions = tuple(sorted(most.items()))
            if conditions not in found:
                found.append(conditions)
            return
        feature = int(parts.feature[node])
        cut = _readable(float(parts.threshold[node]), features[:, feature])
        walk(left, most | {feature: min(cut, most.get(feature, np.inf))})
        walk(right, most)

    walk(0, {})
    return found


def _readable(cut: float, values: Array) -> float:
    """A cut of few digits that parts the known values nearly as it does."""
    known = np.sort(values[~np.isnan(values)])
    place = int(np.searchsorted(known, cut, side="right"))
    for digits in range(1, _DIGITS + 1):
        told = float(f"{cut:.{digits}g}")
        if abs(int(np.searchsorted(known, told, side="right")) - place) <= len(known) * 0.005:
            return told
    return float(f"{cut:.6g}")


def _placed(features: Array, paths: list[tuple[tuple[int, float], ...]]) -> Index:
    """The number of the first leaf whose conditions each customer meets."""
    found = np.full(len(features), len(paths) - 1)
    for number in range(len(paths) - 1, -1, -1):
        inside = np.ones(len(features), dtype=bool)
        for feature, most in paths[number]:
            inside &= features[:, feature] <= most
        found[inside] = number
    return np.asarray(found, dtype=np.intp)
