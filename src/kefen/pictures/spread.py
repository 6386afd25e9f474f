"""The distribution: how many customers have which score, and where the classes part."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING

import polars as pl

from kefen.indicators import find
from kefen.pictures.kinds import Picture, counted, drill

if TYPE_CHECKING:
    from kefen.run import Run

BINS = 24
SCORE_EDGES = [5.0 * turn for turn in range(21)]
"""A weighted score is between 0 and 100."""
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
    edges = SCORE_EDGES if weighted else _edges(frame["score"])
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
    inner = pl.Series(edges[1:-1], dtype=pl.Float64)
    place = inner.search_sorted(frame["score"], side="right").alias("bin")
    counts = {
        (row["bin"], row["class"]): row["customers"]
        for row in frame.group_by(place, "class").agg(customers=pl.len()).to_dicts()
    }
    bins = []
    for number, (low, high) in enumerate(pairwise(edges)):
        inside = [counts.get((number, key), 0) for key in keys]
        end = "" if number == len(edges) - 2 else _plain(high)
        bins.append(
            {
                "from": low,
                "to": high,
                "customers": sum(inside),
                "counts": inside,
                "drill": drill(score=f"{scheme}:{_plain(low)}-{end}"),
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
    first, last = floor(log10(least) * 4) - 1, ceil(log10(high) * 4) + 1
    grown = [_round(10 ** (turn / 4)) for turn in range(first, last + 1)]
    below = max(edge for edge in grown if edge <= least)
    above = min(edge for edge in grown if edge > high)
    inside = [edge for edge in grown if below <= edge <= above]
    return inside if low >= below else [min(low, 0.0), *inside]


def _steps(low: float, high: float, count: int) -> list[float]:
    """Even round steps, about `count` of them, the last of which ends above `high`.

    >>> _steps(12, 88, 20)[:3], _steps(12, 88, 20)[-1]
    ([10.0, 15.0, 20.0], 90.0)
    """
    raw = (high - low) / count
    scale = 10.0 ** floor(log10(raw))
    step = next(scale * nice for nice in (1, 2, 2.5, 5, 10) if scale * nice >= raw * 0.999)
    first, last = floor(low / step), floor(high / step) + 1
    return [round(step * turn, 10) for turn in range(first, last + 1)]


def _round(value: float) -> float:
    """Two significant digits: an edge people can read."""
    return float(f"{value:.2g}")


def _plain(edge: float) -> str:
    """An edge without exponent, as short as it goes.

    >>> _plain(1800000.0), _plain(2.5)
    ('1800000', '2.5')
    """
    text = f"{Decimal(repr(edge)):f}"
    return text.removesuffix(".0")


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
