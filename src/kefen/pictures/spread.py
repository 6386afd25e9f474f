"""The distribution: how many customers have which score, and where the classes part."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING

import polars as pl

from kefen.indicators import find
from kefen.pictures.kinds import Picture, counted, drill

if TYPE_CHECKING:
    from kefen.run import Run

BINS = 24
SKEWED = 20
"""From this ratio of the highest to the middle value on, bins grow by a factor, not by a step."""


def distribution(run: Run) -> Picture:
    """A histogram of the score (or of the indicator itself), each bin split by class.

    Money is heavy-tailed, so its bins grow by a constant factor; what is not above zero is one
    bin of its own.
    """
    frame = (
        run.classes.to_polars()
        .select(pl.col("class"), pl.col("score").cast(pl.Float64))
        .drop_nulls()
    )
    classes = counted(run)
    keys = [kind["key"] for kind in classes if kind["index"]]
    weighted = run.scheme.method == "weighted"
    title, unit = ({"zh": "得分", "en": "Score"}, "number") if weighted else _indicator(run)
    edges = _steps(0.0, 100.0, 20) if weighted else _edges(frame["score"])
    return {
        "type": "distribution",
        "title": {"zh": f"{title['zh']}分布", "en": f"Distribution: {title['en'].lower()}"},
        "unit": unit,
        "x": title,
        "classes": classes,
        "bins": _bins(frame, edges, keys, run.scheme.name) if edges else [],
        "cuts": [{"at": cut} for cut in _cuts(run, frame, keys)],
        "empty": frame.is_empty(),
    }


def _indicator(run: Run) -> tuple[dict[str, str], str]:
    """What a scheme on one indicator cuts: its label and how its numbers are written."""
    found = find(str(getattr(run.scheme, "indicator", run.scheme.value)).partition("@")[0])
    unit = {"money": "money", "ratio": "percent"}.get(found.unit, "number")
    return dict(found.label), unit


def _bins(frame: pl.DataFrame, edges: list[float], keys: list[str], scheme: str) -> list[Picture]:
    place = pl.col("score").cut(edges[1:-1], left_closed=True).to_physical().alias("bin")
    counts = {
        (row["bin"], row["class"]): row["customers"]
        for row in frame.group_by(place, "class").agg(customers=pl.len()).to_dicts()
    }
    bins = []
    for number, (low, high) in enumerate(pairwise(edges)):
        inside = [counts.get((number, key), 0) for key in keys]
        bins.append(
            {
                "from": low,
                "to": high,
                "customers": sum(inside),
                "counts": inside,
                "drill": drill(score=f"{scheme}:{low:g}-{high:g}"),
            }
        )
    return bins


def _edges(values: pl.Series) -> list[float]:
    """Ends of the bins: even steps, or even factors above zero when the values are skewed."""
    if values.is_empty():
        return []
    low, high = _number(values.min()), _number(values.max())
    if low == high:
        return [low, low + 1]
    positive = values.filter(values > 0)
    middle = _number(positive.median()) if positive.len() else 0.0
    if middle <= 0 or high / middle < SKEWED:
        return _steps(low, high, BINS)
    least = max(_number(positive.min()), high / 1e6)
    start, end = floor(log10(least) * 4) / 4, ceil(log10(high) * 4) / 4
    turns = round((end - start) * 4)
    grown = [_round(10 ** (start + turn / 4)) for turn in range(turns + 1)]
    if low > 0:
        return grown
    return [min(low, 0.0), *grown] if low < 0 else [0.0, *grown]


def _steps(low: float, high: float, count: int) -> list[float]:
    """Even round steps that cover `[low, high]`, about `count` of them.

    >>> _steps(0, 100, 20)[:3]
    [0.0, 5.0, 10.0]
    """
    raw = (high - low) / count
    scale = 10.0 ** floor(log10(raw))
    step = next(scale * nice for nice in (1, 2, 2.5, 5, 10) if scale * nice >= raw * 0.999)
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    return [round(step * turn, 10) for turn in range(first, last + 1)]


def _round(value: float) -> float:
    """Two significant digits: an edge people can read."""
    return float(f"{value:.2g}")


def _cuts(run: Run, frame: pl.DataFrame, keys: list[str]) -> list[float]:
    """The bounds of the standard, best first; else the worst score of each class but the last."""
    if cuts := getattr(run.standard, "cuts", None):
        return [float(cut) for cut in cuts]
    spans = {
        row["class"]: (row["low"], row["high"], row["middle"])
        for row in frame.group_by("class")
        .agg(
            low=pl.col("score").min(),
            high=pl.col("score").max(),
            middle=pl.col("score").median(),
        )
        .to_dicts()
    }
    present = [spans[key] for key in keys if key in spans]
    rising = len(present) > 1 and present[0][2] < present[-1][2]
    return [high if rising else low for low, high, _ in present[:-1]]


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]  # a Polars aggregate of a float column
