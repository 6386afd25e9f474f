"""From a value to points, and from points to a score: as expressions and in plain Python.

Both do the same floating-point operations in the same order, so they agree to the last bit.
"""

from __future__ import annotations

import hashlib
import itertools
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from functools import partial, reduce
from math import floor, isfinite
from operator import add
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.schemes import rows
from kefen.schemes.reason import has

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import ibis.expr.types as ir

    from kefen.schemes.methods.weighted.model import Measure

_GRID = 2.0**30
"""Scores and their cuts are held on a grid of about 1e-9, so that 0.1 + 0.2 reaches 0.3."""

_RATED, _WHOLE = "_rated", "_whole"


def on_grid(score: float) -> float:
    """The nearest point of the grid that scores lie on."""
    return floor(score * _GRID + 0.5) / _GRID


def _score_on_grid(score: Any) -> Any:
    return (score * _GRID + 0.5).floor().cast("float64") / _GRID


def _points(measure: Measure, column: Any, real: Any) -> Any:
    """Points of a column; `real` is the same as double, null where it does not count."""
    if measure.by == "bands":
        bounds = [bound for bound, _ in measure.bands]
        labels = [ibis.literal(float(given)) for _, given in measure.bands]
        found = rows.ladder(column, bounds, [*labels, ibis.literal(0.0)], measure.better)
    elif not measure.knots:
        return ibis.null("float64")
    else:
        found = _tree(real, [x for x, _ in measure.knots], _leaves(measure, real))
    return ibis.ifelse(real.isnull(), ibis.null("float64"), found)


def points_column(measure: Measure) -> str:
    """The column that holds the points of exactly this measure, where a table keeps them."""
    said = measure.model_dump_json(include={"column", "by", "better", "knots", "bands"})
    return f"_points_{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def points_to_store(
    measures: Sequence[Measure], table: ir.Table
) -> dict[str, Callable[[], ir.Value]]:
    """Points of every row as columns to keep: whatever the weights, they are the same."""
    return {points_column(m): partial(_all_points, m, table) for m in measures}


def _all_points(measure: Measure, table: ir.Table) -> Any:
    """Points of every row that has a value, rated or not."""
    kept = points_column(measure)
    if kept in table.columns:
        return table[kept]
    column = table[measure.column]
    return _points(measure, column, rows.number(column).cast("float64"))


def _leaves(measure: Measure, value: Any) -> list[Callable[[], Any]]:
    """Points before the first knot, between knots, and from the last on."""
    knots = measure.knots
    inner = [
        lambda x=x, y=y, s=slope: (value - x) * s + y
        for (x, y), slope in zip(knots, slopes(knots), strict=False)
    ]
    first, last = ibis.literal(knots[0][1]), ibis.literal(knots[-1][1])
    return [lambda: first, *inner, lambda: last]


def _tree(value: Any, ends: Sequence[float], leaves: Sequence[Callable[[], Any]]) -> Any:
    """A search by halves: a row meets only as many comparisons as the tree is deep."""
    if not ends:
        return leaves[0]()
    half = len(ends) // 2
    below = _tree(value, ends[:half], leaves[: half + 1])
    above = _tree(value, ends[half + 1 :], leaves[half + 1 :])
    return ibis.ifelse(value < ends[half], below, above)


def slopes(knots: Sequence[tuple[float, float]]) -> list[float]:
    """Points per unit of value between neighbouring knots."""
    return [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in itertools.pairwise(knots)]


def line(pairs: Sequence[tuple[Any, Any]]) -> list[tuple[float, float]]:
    """Knots in ascending order; neighbours too close to tell apart become one."""
    knots: list[tuple[float, float]] = []
    for value, given in pairs:
        knot = (float(value), float(given))
        if knots:
            gap = knot[0] - knots[-1][0]
            if gap <= 0 or not isfinite((knot[1] - knots[-1][1]) / gap) or not isfinite(gap):
                knots.pop()
        knots.append(knot)
    return knots


def points_of(measure: Measure, value: object) -> float | None:
    """Points of one value."""
    number = rows.number_of(value)
    if number is None:
        return None
    if measure.by == "bands":
        place = rows.step_of(number, [bound for bound, _ in measure.bands], measure.better)
        return float(measure.bands[place][1]) if place < len(measure.bands) else 0.0
    if not measure.knots:
        return None
    real, knots = float(number), measure.knots
    at = bisect_right([x for x, _ in knots], real)
    if at == 0:
        return knots[0][1]
    if at == len(knots):
        return knots[-1][1]
    return (real - knots[at - 1][0]) * slopes(knots)[at - 1] + knots[at - 1][1]


@dataclass(frozen=True)
class Sum:
    """A score and what it is made of, in the order of the measures."""

    points: list[float | None]
    contributions: list[float | None]
    score: float | None
    present: float = 1.0
    """The weight of the indicators that are not skipped."""


def total(measures: Sequence[Measure], row: Mapping[str, Any]) -> Sum:
    """The score of one row; None where a needed value is missing."""
    return summed(measures, [filled_points(one, row.get(one.column)) for one in measures])


def filled_points(measure: Measure, value: object) -> float | None:
    """Points of one value; none where the measure says so of a value that is missing."""
    return _filled(measure, points_of(measure, value))


def summed(measures: Sequence[Measure], found: list[float | None]) -> Sum:
    """The score that the points of the measures come to."""
    skips = any(measure.missing == "skip" for measure in measures)
    whole = _whole(measures, found)
    parts: list[float | None] = []
    for measure, given in zip(measures, found, strict=True):
        part = None if given is None or not whole else given * measure.weight
        parts.append(part / whole if part is not None and skips else part)
    lacks = any(p is None and m.missing != "skip" for m, p in zip(measures, found, strict=True))
    if lacks or not whole:
        return Sum(found, parts, None, whole)
    score = reduce(add, [0.0 if part is None else part for part in parts])
    return Sum(found, parts, on_grid(score), whole)


def stored(measures: Sequence[Measure], row: Mapping[str, Any], assigned: Mapping[str, Any]) -> Sum:
    """The score of a row of a run and what it is made of, as `add_score` gave them.

    Where the run did not keep them, they are worked out.
    """
    names = [name for m in measures for name in (f"norm_{m.column}", f"contribution_{m.column}")]
    if not has(assigned, "score", *names):
        return total(measures, row)
    found = [assigned[name] for name in names[::2]]
    parts = [assigned[name] for name in names[1::2]]
    return Sum(found, parts, assigned["score"], _whole(measures, found))


def _whole(measures: Sequence[Measure], points: Sequence[float | None]) -> float:
    """The weight of the indicators that are there, where some may be skipped."""
    if not any(measure.missing == "skip" for measure in measures):
        return 1.0
    pairs = zip(measures, points, strict=True)
    # Exactly, as engines add weights that are written down in a query: 0.3 + 0.1 + 0.3 is 0.7.
    return float(sum(Decimal(repr(m.weight)) for m, p in pairs if p is not None))


def _filled(measure: Measure, given: float | None) -> float | None:
    return 0.0 if given is None and measure.missing == "zero" else given


def add_score(measures: Sequence[Measure], table: ir.Table, rated: Any) -> ir.Table:
    """Add `norm_…`, `contribution_…` and `score`; null where not rated.

    In stages, so that what is used many times is computed once.
    """
    nothing = ibis.null("float64")
    real = {
        f"norm_{m.column}": ibis.ifelse(
            rated, rows.number(table[m.column]).cast("float64"), nothing
        )
        for m in measures
    }
    zero = any(measure.missing == "zero" for measure in measures)
    staged = table.mutate(**real, **({_RATED: rated} if zero else {}))
    normed = staged.mutate(
        **{
            name: _filled_points(m, staged[m.column], staged[name], staged)
            for name, m in zip(real, measures, strict=True)
        }
    )
    shared, whole = _with_whole(measures, normed, list(real))
    parts = {f"contribution_{m.column}": shared[f"norm_{m.column}"] * m.weight for m in measures}
    if whole is not None:
        parts = {name: part / whole for name, part in parts.items()}
    told = shared.mutate(**parts)
    filled = [
        told[name].fill_null(0.0) if m.missing == "skip" else told[name]
        for name, m in zip(parts, measures, strict=True)
    ]
    score = _score_on_grid(reduce(add, filled))
    if all(measure.missing == "skip" for measure in measures):
        score = ibis.ifelse(told[_WHOLE].isnull(), nothing, score)
    kept = [name for name in table.columns if name != "score"]
    return told.select(*kept, *real, *parts, score=score)


def bare_score(
    measures: Sequence[Measure], table: ir.Table, rated: Any, keep: Sequence[str]
) -> ir.Table:
    """The `score` that `add_score` gives, and the columns of `table` to keep beside it."""
    pointed = table.select(
        *keep,
        **{
            f"_{at}": _all_points(m, table).fill_null(0.0)
            if m.missing == "zero"
            else _all_points(m, table)
            for at, m in enumerate(measures)
        },
        **{_RATED: rated},
    )
    points = [f"_{at}" for at, _ in enumerate(measures)]
    shared, whole = _with_whole(measures, pointed, points)
    parts = [shared[name] * m.weight for name, m in zip(points, measures, strict=True)]
    if whole is not None:
        parts = [part / whole for part in parts]
    filled = [
        part.fill_null(0.0) if m.missing == "skip" else part
        for part, m in zip(parts, measures, strict=True)
    ]
    counts = shared[_RATED]
    if all(measure.missing == "skip" for measure in measures):
        counts = counts & whole.notnull()
    score = ibis.ifelse(counts, _score_on_grid(reduce(add, filled)), ibis.null("float64"))
    return shared.select(*keep, score=score)


def _filled_points(measure: Measure, column: Any, real: Any, staged: ir.Table) -> Any:
    kept = points_column(measure)
    if kept in staged.columns:
        found = ibis.ifelse(real.isnull(), ibis.null("float64"), staged[kept])
    else:
        found = _points(measure, column, real)
    if measure.missing != "zero":
        return found
    return ibis.ifelse(staged[_RATED], found.fill_null(0.0), ibis.null("float64"))


def _with_whole(
    measures: Sequence[Measure], normed: ir.Table, points: Sequence[str]
) -> tuple[ir.Table, Any]:
    """The weight that is present in each row, where some of it may be missing."""
    if not any(measure.missing == "skip" for measure in measures):
        return normed, None
    present = [
        ibis.ifelse(normed[name].notnull(), m.weight, 0.0)
        if m.missing == "skip"
        else ibis.literal(m.weight)
        for name, m in zip(points, measures, strict=True)
    ]
    shared = normed.mutate(**{_WHOLE: reduce(add, present).nullif(0.0)})
    return shared, shared[_WHOLE]
