"""What converts, learned from leads that ended: a logistic regression of few answers.

It is fitted with a normal prior of standard deviation `PRIOR` on each weight, so that an answer
seen a few times weighs little; calibrated on the fifths that each fit did not see (Platt 1999), so
that 30 % means three of ten; and believed only where shuffled ends seldom hang together with the
answers as much as the real ones do. Where it is not, every lead has the share of all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kefen_crm.platform.intervals import Z, wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Answers = Mapping[str, str]

FEWEST: Final = 30
"""Ended leads below which nothing is learned."""
OF_EACH: Final = 5
"""Converted ones, and dropped ones, below which nothing is learned."""
PRIOR: Final = 1.0
"""Standard deviation of the weights that are expected before any lead was seen."""
SLOPE_PRIOR: Final = 0.5
"""Standard deviation of the calibration's slope around 1."""
PARTS: Final = 5
RARE: Final = 5
"""A value that fewer leads have is told as `OTHER`."""
OTHER: Final = "…"
MOST_VALUES: Final = 12
"""Values of a question that are told apart, the most frequent ones."""
SHUFFLES: Final = 999
LEVEL: Final = 0.05
"""It is believed where a smaller share of the shuffles does as well."""
GROUPS: Final = 5
"""By which foretold and real shares are compared."""
_STEPS, _NEAR = 50, 1e-9
_FREQUENT: Final = 0.1
"""What a product of frequencies adds to each count."""


class TooFewError(ValueError):
    """Too few ended leads, or too few of one end, to learn from; `args` are how many of each."""


@dataclass(frozen=True)
class Part:
    """What one answer of a lead does to its odds: it multiplies them by `factor`.

    Attributes:
        weight: the logarithm of the factor.
        ended, converted: leads of that answer that it was learned from.
    """

    question: str
    answer: str
    weight: float
    factor: float
    ended: int
    converted: int


@dataclass(frozen=True)
class Chance:
    """The probability that a lead converts, with its 95 % interval.

    Attributes:
        base: the odds of an average lead; times the factor of each part they are the lead's.
        parts: those that matter most first; empty where answers tell nothing.
    """

    share: float
    low: float
    high: float
    base: float
    parts: tuple[Part, ...] = ()


def enough(converted: int, dropped: int) -> bool:
    """Whether there are enough ended leads to learn from."""
    return converted + dropped >= FEWEST and min(converted, dropped) >= OF_EACH


def fit(leads: Sequence[Answers], converted: Sequence[bool]) -> dict[str, Any]:
    """Learn from ended leads; gives a document for `chance`, with how good it is.

    Args:
        leads: of each the answers, by question; every one answers the same questions.
        converted: whether it was.

    Beside what `chance` needs the document has `ended`, `converted`, `tells`, `evaluation`, and
    `unseen`: the probability of each of these leads by the fits that did not see it.

    Raises:
        TooFewError: see `FEWEST` and `OF_EACH`.
    """
    ends = np.array(converted, dtype=float)
    got = int(ends.sum())
    if not enough(got, len(ends) - got):
        raise TooFewError(got, len(ends) - got)
    columns = _columns(leads)
    table = _coded(leads, columns)
    means = table.mean(axis=0)
    weights, spread = _logistic(table - means, ends)
    unseen = _unseen(table, ends)
    shift, slope, doubt = _calibrated(unseen, ends)
    scaled = weights * slope
    scaled[0] += shift
    share, by_chance = got / len(ends), _by_chance(table - means, ends)
    return {
        "ended": len(ends),
        "converted": got,
        "tells": bool(slope > 0 and by_chance < LEVEL),
        "by_chance": by_chance,
        "share": share,
        "base": float(scaled[0]),
        "columns": [
            {
                "question": question, "answer": answer, "weight": float(scaled[at + 1]),
                "mean": float(means[at]), "ended": int(table[:, at].sum()),
                "converted": int((table[:, at] * ends).sum()),
            }
            for at, (question, answer) in enumerate(columns)
        ],
        "spread": (spread * slope).tolist(),
        "slope": slope,
        "doubt": doubt,
        "evaluation": _evaluated(unseen * slope + shift, ends),
        "unseen": [round(one, 6) for one in _share_of(unseen * slope + shift).tolist()],
    }  # fmt: skip


def chance(document: Mapping[str, Any], lead: Answers) -> Chance:
    """What a learned document says of a lead.

    The calibration draws scores together by its slope. By how much is learned as well, so that
    the variance of a score is multiplied by the slope once and not twice, and that of the slope
    is added.
    """
    if not document["tells"]:
        low, high = wilson(document["converted"], document["ended"])
        share = document["share"]
        return Chance(share, low, high, share / (1 - share))
    columns = document["columns"]
    means = np.array([one["mean"] for one in columns])
    row = _coded([lead], [(one["question"], one["answer"]) for one in columns])[0]
    at = np.concatenate(([1.0], row - means))
    weights = np.array([document["base"], *(one["weight"] for one in columns)])
    middle = float(at @ weights)
    spread = float(at @ np.array(document["spread"]) @ at)
    off = (middle - document["base"]) / document["slope"]
    half = Z * sqrt(max(spread, 0.0) + document["doubt"] * off**2)
    share, low, high = (float(_share_of(one)) for one in (middle, middle - half, middle + half))
    return Chance(share, low, high, float(np.exp(document["base"])), _parts(columns, row, means))


def chances(document: Mapping[str, Any], leads: Sequence[Answers]) -> list[float]:
    """The probabilities of many leads, without intervals and reasons."""
    if not document["tells"]:
        return [document["share"]] * len(leads)
    columns = document["columns"]
    weights = np.array([one["weight"] for one in columns])
    means = np.array([one["mean"] for one in columns])
    table = _coded(leads, [(one["question"], one["answer"]) for one in columns])
    found: list[float] = _share_of(document["base"] + (table - means) @ weights).tolist()
    return found


def frequencies(leads: Sequence[Answers], converted: Sequence[bool]) -> list[float]:
    """What a product of frequencies says of each lead, counted in the fifths it is not in.

    Each answer's share among the converted and among the dropped, multiplied as if answers knew
    nothing of each other; 0.1 is added to each count. The predictive scores of Odoo are made so.
    """
    ends = np.array(converted, dtype=bool)
    parts, found = _in_parts(ends), np.zeros(len(ends))
    columns = _columns(leads)
    table = _coded(leads, columns)
    owners = np.array([question for question, _answer in columns])
    for part in range(PARTS):
        known, asked = parts != part, parts == part
        logs = np.zeros((2, len(columns)))
        for side, of in enumerate((False, True)):
            counts = table[known & (ends == of)].sum(axis=0) + _FREQUENT
            totals = np.array([counts[owners == one].sum() for one in owners])
            logs[side] = np.log(counts / totals)
        first = np.log(ends[known].sum() / (~ends[known]).sum())
        found[asked] = first + table[asked] @ (logs[1] - logs[0])
    clipped: list[float] = np.clip(_share_of(found), 0.0001, 0.9999).tolist()
    return clipped


def area(scores: Sequence[float], converted: Sequence[bool]) -> float:
    """The chance that of a converted and a dropped lead the converted one has the higher score."""
    ends = np.array(converted, dtype=bool)
    places, got = _places(np.array(scores, dtype=float)), int(ends.sum())
    return float((places[ends].sum() - got * (got + 1) / 2) / (got * (len(ends) - got)))


def square(scores: Sequence[float], converted: Sequence[bool]) -> float:
    """The mean squared error of probabilities (Brier 1950); smaller is better."""
    return float(((np.array(scores) - np.array(converted, dtype=float)) ** 2).mean())


def agreement(one: Sequence[float], other: Sequence[float]) -> float:
    """How far two scores put leads into the same order, −1 to 1 (Spearman)."""
    first, second = (_places(np.array(scores, dtype=float)) for scores in (one, other))
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _columns(leads: Sequence[Answers]) -> list[tuple[str, str]]:
    """Each question's values that enough leads have, in their order."""
    found = []
    for question in leads[0]:
        counts = Counter(one[question] for one in leads)
        often = sorted(v for v, count in counts.most_common(MOST_VALUES) if count >= RARE)
        if len(often) < len(counts):
            often.append(OTHER)
        found += [(question, value) for value in often]
    return found


def _coded(leads: Sequence[Answers], columns: Sequence[tuple[str, str]]) -> Array:
    """One column for each value of a question: 1 where it is the lead's."""
    places = {column: at for at, column in enumerate(columns)}
    table = np.zeros((len(leads), len(columns)))
    questions = dict.fromkeys(question for question, _answer in columns)
    for row, lead in enumerate(leads):
        for question in questions:
            at = places.get((question, lead.get(question, OTHER)), places.get((question, OTHER)))
            if at is not None:
                table[row, at] = 1.0
    return table


def _logistic(table: Array, ends: Array) -> tuple[Array, Array]:
    """Weights, the first of them the constant, with their covariance (Newton's method)."""
    rows = np.column_stack((np.ones(len(table)), table))
    precision = np.full(rows.shape[1], 1 / PRIOR**2)
    precision[0] = 0.0
    return _newton(rows, ends, precision, np.zeros(rows.shape[1]))


def _calibrated(scores: Array, ends: Array) -> tuple[float, float, float]:
    """What is added to scores of leads not seen; what they are multiplied by, and its variance."""
    rows = np.column_stack((np.ones(len(scores)), scores))
    precision = np.array([0.0, 1 / SLOPE_PRIOR**2])
    (shift, slope), spread = _newton(rows, ends, precision, np.array([0.0, 1.0]))
    return float(shift), max(float(slope), 0.0), float(spread[1, 1])


def _newton(rows: Array, ends: Array, precision: Array, prior: Array) -> tuple[Array, Array]:
    weights = prior.copy()
    for _step in range(_STEPS):
        shares = _share_of(rows @ weights)
        slope = rows.T @ (ends - shares) - precision * (weights - prior)
        curve = (rows * (shares * (1 - shares))[:, None]).T @ rows + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        weights = weights + step * min(1.0, 5.0 / max(float(np.abs(step).max()), _NEAR))
        if np.abs(step).max() < _NEAR:
            break
    return weights, np.linalg.inv(curve)


def _unseen(table: Array, ends: Array) -> Array:
    """The score of each lead by a fit of the other fifths."""
    parts, scores = _in_parts(ends), np.zeros(len(ends))
    for part in range(PARTS):
        known, asked = parts != part, parts == part
        means = table[known].mean(axis=0)
        weights, _spread = _logistic(table[known] - means, ends[known])
        scores[asked] = weights[0] + (table[asked] - means) @ weights[1:]
    return scores


def _by_chance(table: Array, ends: Array) -> float:
    """How often shuffled ends hang together with answers as much as the real ones do.

    The statistic is that of Goeman et al. (2004): of all weights at once, under a prior as above.
    """
    random = np.random.default_rng(len(ends))
    off = ends - ends.mean()
    real, more = float(((off @ table) ** 2).sum()), 0
    for _shuffle in range(SHUFFLES):
        more += float(((random.permutation(off) @ table) ** 2).sum()) >= real - _NEAR
    return (1 + more) / (1 + SHUFFLES)


def _in_parts(ends: Array | NDArray[np.bool_]) -> NDArray[np.int_]:
    """The fifth that each lead is in; each has its share of the converted."""
    parts = np.zeros(len(ends), dtype=int)
    for end in (False, True):
        (at,) = np.nonzero(ends.astype(bool) == end)
        parts[at] = np.arange(len(at)) % PARTS
    return parts


def _evaluated(scores: Array, ends: Array) -> dict[str, Any]:
    """How well scores of leads that were not seen sort them, and whether the shares hold."""
    shares, converted = _share_of(scores).tolist(), ends.astype(bool).tolist()
    got = int(ends.sum())
    order = np.argsort(scores, kind="stable")
    groups = [
        {
            "leads": len(at), "predicted": float(np.mean(np.array(shares)[at])),
            "converted": int(ends[at].sum()),
        }
        for at in np.array_split(order, GROUPS)
    ]  # fmt: skip
    return {
        "area": area(scores.tolist(), converted),
        "square": square(shares, converted),
        "square_of_share": square([got / len(ends)] * len(ends), converted),
        "groups": groups,
    }


def _parts(columns: Sequence[Mapping[str, Any]], row: Array, means: Array) -> tuple[Part, ...]:
    """What each question adds, its values against an average lead; nothing is left out."""
    found: dict[str, list[Any]] = {}
    for at, one in enumerate(columns):
        entry = found.setdefault(one["question"], [OTHER, 0.0, 0, 0])
        entry[1] += one["weight"] * float(row[at] - means[at])
        if row[at]:
            entry[0], entry[2], entry[3] = one["answer"], one["ended"], one["converted"]
    parts = [
        Part(question, answer, weight, float(np.exp(weight)), ended, converted)
        for question, (answer, weight, ended, converted) in found.items()
    ]
    return tuple(sorted(parts, key=lambda one: -abs(one.weight)))


def _places(values: Array) -> Array:
    """Places of values in their order; equal ones share the mean of theirs."""
    _values, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    mean: Array = (last - (counts - 1) / 2)[at]
    return mean


def _share_of(log_odds: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(log_odds, -35, 35)))
