"""Sensitivity: how many customers change class when a weight is moved."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from kefen.errors import RunError
from kefen.evaluate.findings import LANGUAGES, Limits, plain, shown
from kefen.indicators import definition
from kefen.shown import Display, Shown
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen.evaluate.bootstrap import Floats, Integers
    from kefen.evaluate.findings import Verdict
    from kefen.run import Run

STEPS: Final = (0.1, 0.2, 0.5)
MOVES: Final = 0.05
"""The part of the customers whose move makes a change of weight matter."""
MOST: Final = 200_000
"""More customers than this are looked at by an even sample."""
REACH: Final = 3.0
"""The greatest rise of a weight that is tried: to four times itself."""
LIMITS: Final = Limits("changed", 0.05, 0.15, "lower")
"""On the share that a fifth more or less of any one weight moves; the limits are ours."""

_GRID: Final = 2.0**30
_TRIED: Final = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, REACH)


@dataclass(frozen=True)
class Change:
    """One weight made greater or smaller by `by` (0.2 is a fifth more), all others in proportion.

    `weight` is what it becomes as a part of all; `changed`, `up` and `down` are shares of the
    rated customers.
    """

    by: float
    weight: float
    changed: float
    up: float
    down: float


@dataclass(frozen=True)
class Weight:
    """How much one weight matters.

    Attributes:
        least_less, least_more: the smallest cut or rise (0.2 is a fifth) that moves `moves` of
            the customers to another class; None when taking it out, or four times as much, does
            not.
    """

    column: str
    label: dict[str, str]
    weight: float
    changes: tuple[Change, ...]
    least_less: float | None
    least_more: float | None

    def change(self, by: float) -> Change:
        """The change of this size."""
        return next(one for one in self.changes if one.by == by)

    @property
    def fifth(self) -> float:
        """The share that changes class when the weight is a fifth more or less, the larger."""
        return max((c.changed for c in self.changes if abs(c.by) == 0.2), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        changes = [dict(vars(change)) for change in self.changes]
        found: dict[str, Any] = plain(vars(self) | {"changes": changes, "fifth": self.fifth})
        return found


@dataclass(frozen=True, repr=False)
class Sensitivity(Shown):
    """How steady a weighted classification is when its weights move, one at a time.

    Attributes:
        weights: in the order of the scheme.
        customers: rated customers looked at, an even sample of `rated` when there are many.
        any_fifth: share that changes class in at least one of the changes by a fifth.
        moves: the share the least changes are for.
    """

    run: Run
    weights: tuple[Weight, ...]
    rated: int
    customers: int
    any_fifth: float
    moves: float

    @property
    def most(self) -> Weight:
        """The weight that matters most."""
        return max(self.weights, key=lambda one: one.fifth)

    @property
    def verdict(self) -> Verdict:
        """By the share that a fifth more or less of the weight that matters most moves."""
        return LIMITS.of(self.most.fifth) if self.customers else "unknown"

    def _display(self) -> Display:
        rows = [
            {
                "indicator": one.label["en"],
                "fifth": one.fifth,
                "least_less": one.least_less,
                "least_more": one.least_more,
            }
            for one in self.weights
        ]
        frame = pl.DataFrame(rows, infer_schema_length=None)
        return Display(f"Sensitivity of {self.run.id}", [frame], [self.text()])

    def text(self, lang: str = "en") -> str:
        """In a few sentences."""
        most = self.most
        facts = {
            "scheme": self.run.scheme.title.of(lang),
            "most": most.label[lang],
            "fifth": shown(most.fifth, "percent"),
            "any": shown(self.any_fifth, "percent"),
            "moves": shown(self.moves, "percent"),
            "less": shown(most.least_less, "percent"),
            "more": shown(most.least_more, "percent"),
        }
        said = [f"sensitivity-{self.verdict}"]
        if self.customers:
            less, more = most.least_less is not None, most.least_more is not None
            least = {(True, True): "both", (True, False): "less", (False, True): "more"}
            said.append(f"sensitivity-least-{least.get((less, more), 'none')}")
        gap = "" if lang.startswith("zh") else " "
        return gap.join(sentence(code, facts, lang) for code in said)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, words in both languages."""
        scheme = self.run.scheme
        return {
            "run": self.run.id,
            "scheme": scheme.name,
            "title": {"zh": scheme.title.zh, "en": scheme.title.en},
            "verdict": self.verdict,
            "limits": LIMITS.to_dict(),
            "rated": self.rated,
            "customers": self.customers,
            "any_fifth": self.any_fifth,
            "moves": self.moves,
            "weights": [one.to_dict() for one in self.weights],
            "text": {lang: self.text(lang) for lang in LANGUAGES},
        }


def sensitivity(
    run: Run, *, steps: Sequence[float] = STEPS, moves: float = MOVES, most: int = MOST
) -> Sensitivity:
    """How many customers change class when each weight of a weighted scheme moves.

    One weight at a time is made greater and smaller by each of `steps`, the others share the
    rest in proportion, the cuts are found anew as the scheme says, and classes are counted that
    differ. Points stay as the run fitted them; caps, hysteresis and overrides do not count.

    Args:
        run: a finished run of a `weighted` scheme.
        steps: relative changes: 0.1 is a tenth more and a tenth less.
        moves: the share of customers for which the least change is looked for.
        most: more rated customers than this are looked at by an even sample.

    Raises:
        RunError: `sensitivity-not-weighted`; `run-failed`.
    """
    if not run.scheme.presentation.weights or run.standard is None:
        raise RunError("sensitivity-not-weighted", run=run.id, method=run.scheme.method)
    points = _Points(run, most)
    measures: Any = run.standard.measures  # type: ignore[attr-defined]  # of a weighted scheme
    base = points.places(points.weights)
    requests = {request.column: request for request in run.scheme.requests()}
    found, touched = [], np.zeros(points.size, dtype=bool)
    for number, measure in enumerate(measures):
        changes = []
        for by in sorted([*(-step for step in steps), *steps]):
            places = points.places(points.moved(number, by))
            differs = places != base
            if abs(by) == 0.2:
                touched |= differs
            changes.append(
                Change(
                    by,
                    float(points.moved(number, by)[number]),
                    _mean(differs),
                    _mean(places < base),
                    _mean(places > base),
                )
            )
        label = definition(requests[measure.column]).label
        found.append(
            Weight(
                measure.column,
                {lang: label[lang] for lang in LANGUAGES},
                measure.weight,
                tuple(changes),
                _least(points, base, number, -1.0, moves),
                _least(points, base, number, 1.0, moves),
            )
        )
    return Sensitivity(run, tuple(found), points.rated, points.size, _mean(touched), moves)


def _mean(which: Any) -> float:
    return float(which.mean()) if len(which) else 0.0


def _least(points: _Points, base: Integers, number: int, sign: float, moves: float) -> float | None:
    """The smallest change that moves so many: the first of a grid, then by halves to 1 %."""

    def enough(size: float) -> bool:
        return _mean(points.places(points.moved(number, sign * size)) != base) >= moves

    low = 0.0
    for high in _TRIED:
        if sign < 0 and high > 1.0:
            return None
        if points.size and enough(high):
            break
        low = high
    else:
        return None
    while high - low > max(0.01 * high, 0.0005):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


class _Points:
    """The points of the rated customers, to be weighed anew as often as one likes.

    The arithmetic is that of the scheme's own scores, step by step, so that unmoved weights give
    the run's classes exactly.
    """

    def __init__(self, run: Run, most: int) -> None:
        scheme: Any = run.scheme
        measures: Any = run.standard.measures  # type: ignore[union-attr]  # checked by the caller
        columns = [f"norm_{measure.column}" for measure in measures]
        value = run.value_column
        rated = run.classes.lazy().filter(pl.col("score").is_not_null())
        self.rated = int(rated.select(pl.len()).collect().item())
        step = -(-self.rated // most)
        rows = rated.select(
            *(pl.col(name).cast(pl.Float64) for name in columns),
            pl.col(value).cast(pl.Float64).fill_null(0).alias("_value"),
        )
        kept = rows.gather_every(max(step, 1)).collect()
        self.points: list[Floats] = [kept[name].to_numpy() for name in columns]
        self.size = kept.height
        self.weights = np.array([measure.weight for measure in measures])
        self.skips = [measure.missing == "skip" for measure in measures]
        cents = (kept["_value"] * 100).round().cast(pl.Int64).to_numpy()
        self.cents = np.maximum(cents, 0) if scheme.cut == "value" else None
        self.inner = scheme.classes[:-1]
        self.by_score = scheme.cut == "score"

    def moved(self, number: int, by: float) -> Floats:
        """The weights with one of them changed by a part of itself, making 1 again."""
        weights = self.weights.copy()
        weights[number] *= 1 + by
        whole = weights.sum()
        found: Floats = weights / whole if whole > 0 else weights
        return found

    def places(self, weights: Floats) -> Integers:
        """The class of each customer, 0 for the best, with these weights."""
        scores = self._scores(weights)
        cuts = np.array(self._cuts(scores), dtype=np.float64)
        found: Integers = len(cuts) - np.searchsorted(np.sort(cuts), scores, side="right")
        return found

    def _scores(self, weights: Floats) -> Floats:
        whole: Any = None
        if any(self.skips):
            whole = np.zeros(self.size)
            for given, weight, skip in zip(self.points, weights, self.skips, strict=True):
                whole = whole + (np.where(np.isnan(given), 0.0, weight) if skip else weight)
            whole = np.where(whole > 0, whole, np.nan)
        total = np.zeros(self.size)
        for number, (given, weight) in enumerate(zip(self.points, weights, strict=True)):
            part = given * weight if whole is None else given * weight / whole
            part = np.nan_to_num(part, nan=0.0)
            total = part if number == 0 else total + part
        found: Floats = np.floor(total * _GRID + 0.5) / _GRID
        return found

    def _cuts(self, scores: Floats) -> list[float]:
        if self.by_score:
            return [floor(float(p.at_least) * _GRID + 0.5) / _GRID for p in self.inner]
        if not self.size:
            return []
        if self.cents is not None and self.cents.any():
            order = np.argsort(-scores, kind="stable")
            best, running = scores[order], np.cumsum(self.cents[order])
        else:
            best, running = np.sort(scores)[::-1], np.arange(1, self.size + 1)
        total = int(running[-1])
        return [_bound(best, running, floor(Fraction(repr(p.upto)) * total)) for p in self.inner]


def _bound(best: Floats, running: Any, limit: int) -> float:
    """The last score within the limit, equals together; at least the best one."""
    inside = int(np.searchsorted(running, limit, side="right"))
    if inside == len(best):
        return float(best[-1])
    if inside and best[inside] != best[inside - 1]:
        return float(best[inside - 1])
    first = int(np.searchsorted(-best, -best[inside], side="left"))
    return float(best[first - 1]) if first else float(best[0])
