"""Whether the rivals give what Kefen gives: figures, classes, and the weighted score's standard.

Where the rivals take the exact percentile rank of every customer, Kefen's standard holds about a
dozen knots, exact themselves, with straight lines between: a standard has to fit on a page and to
grade a customer it has never seen. So weighted classes agree but near a cut, and the standard is
proven instead: its knots against the exact ranks, its cuts and every class against its own rule.
"""

from __future__ import annotations

import json
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from benchmarks.task import OUTPUTS

if TYPE_CHECKING:
    from pathlib import Path

CLOSE = 1e-9
SCORES_APART = 3.0
CLASSES_ALIKE = 0.95
ONLY_OURS = ("class_state", "last_purchase", "past_worth")
"""What Kefen tells of the lapsed besides; no contender works it out."""


class DifferenceError(AssertionError):
    """Two contenders do not give the same."""


def same(kefen: Path, rival: Path) -> float:
    """Check a rival's four files against Kefen's; gives the share of equal weighted classes."""
    alike = 1.0
    for name in OUTPUTS:
        ours, theirs = (pl.read_parquet(out / f"{name}.parquet") for out in (kefen, rival))
        ours, theirs = (one.drop(ONLY_OURS, strict=False) for one in (ours, theirs))
        if sorted(ours.columns) != sorted(theirs.columns):
            raise DifferenceError(f"{name}: columns {set(ours.columns) ^ set(theirs.columns)}")
        if not ours["customer_id"].equals(theirs["customer_id"].cast(pl.String)):
            raise DifferenceError(f"{name}: other customers, or in another order")
        for column in ours.columns:
            if name == "weighted" and column.startswith(("class", "score", "norm", "contrib")):
                continue
            unequal = _unequal(ours[column], theirs[column])
            if unequal:
                raise DifferenceError(f"{name}.{column}: {unequal} of {ours.height} differ")
        if name == "weighted":
            alike = _alike(ours, theirs)
    return alike


def _unequal(ours: pl.Series, theirs: pl.Series) -> int:
    if ours.dtype.is_float():
        gap = (ours - theirs.cast(pl.Float64)).abs() > CLOSE * (1 + ours.abs())
        return int(gap.fill_null(ours.is_null() != theirs.is_null()).sum())
    return int(ours.ne_missing(theirs.cast(ours.dtype)).sum())


def _alike(ours: pl.DataFrame, theirs: pl.DataFrame) -> float:
    if not ours["class"].is_null().equals(theirs["class"].is_null()):
        raise DifferenceError("weighted.class: others are unrated")
    rated = ours["class"].is_not_null()
    gaps = (ours["score"] - theirs["score"]).abs().drop_nulls()
    apart = max(gaps.to_list(), default=0.0)
    alike = int((ours["class"] == theirs["class"]).filter(rated).sum()) / max(int(rated.sum()), 1)
    if apart > SCORES_APART or alike < CLASSES_ALIKE:
        raise DifferenceError(f"weighted: scores up to {apart} apart, {alike:.2%} of classes equal")
    return alike


def prove(kefen: Path, rival: Path) -> None:
    """Check the weighted standard and all classes given by it, from a rival's indicators."""
    standard = json.loads((kefen / "weighted.json").read_text())
    figures = pl.read_parquet(rival / "indicators.parquet").filter(pl.col("orders") >= 1)
    ours = pl.read_parquet(kefen / "weighted.parquet").filter(pl.col("class").is_not_null())
    points, weights = [], []
    for measure in standard["measures"]:
        value = figures[measure["column"]].cast(pl.Float64)
        if measure["by"] == "percentile":
            _knots_are_exact(measure, value)
        points.append(_points(measure, value.to_numpy()))
        weights.append(measure["weight"])
    whole = reduce(
        add, (np.where(np.isnan(p), 0.0, w) for p, w in zip(points, weights, strict=True))
    )
    parts = [np.nan_to_num(p * w / whole) for p, w in zip(points, weights, strict=True)]
    score = np.floor(reduce(add, parts) * 2.0**30 + 0.5) / 2.0**30
    if not np.allclose(score, ours["score"].to_numpy(), rtol=0, atol=CLOSE):
        raise DifferenceError("weighted.score: not what the standard says")
    upto = pl.Series(score).rank("max", descending=True).cast(pl.Int64).to_numpy()
    best, n = score == score.max(), len(score)
    label = np.select([best | (5 * upto <= n), 2 * upto <= n, 5 * upto <= 4 * n], list("ABC"), "D")
    unequal = int((label != ours["class"].to_numpy()).sum())
    if unequal:
        raise DifferenceError(f"weighted.class: {unequal} are not what the standard says")


def _knots_are_exact(measure: dict[str, Any], value: pl.Series) -> None:
    value = value.drop_nulls()
    worse = value.rank("min", descending=measure["better"] == "lower") - 1
    beaten = dict(zip(value.to_list(), (worse * 100 / (len(value) - 1)).to_list(), strict=True))
    for at, points in measure["knots"]:
        if abs(beaten.get(at, -1) - points) > CLOSE:
            raise DifferenceError(f"weighted: knot {at} of {measure['column']}")


def _points(measure: dict[str, Any], value: Any) -> Any:
    if measure["by"] == "bands":
        bounds = [value >= bound for bound, _ in measure["bands"]]
        found = np.select(bounds, [points for _, points in measure["bands"]], 0.0)
    else:
        x, y = np.array(measure["knots"]).T
        slope = np.append(np.diff(y) / np.diff(x), 0.0)
        at = np.clip(np.searchsorted(x, value, "right") - 1, 0, len(x) - 1)
        found = np.where(value < x[0], y[0], (value - x[at]) * slope[at] + y[at])
    return np.where(np.isnan(value), np.nan, found)
