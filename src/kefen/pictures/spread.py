"""The distribution: how many customers have which score, and where the classes part."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from kefen.pictures.filters import Scored, query
from kefen.pictures.kinds import Counted, Picture, counted
from kefen.run.bins import SCORE_EDGES, edges

if TYPE_CHECKING:
    from kefen.run import Run


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
    points = run.scheme.presentation.points
    title, unit = ({"zh": "得分", "en": "Score"}, "number") if points else indicator_of(run)
    ends = SCORE_EDGES if points else _ends(frame["score"])
    return {
        "type": "distribution",
        "title": {"zh": f"{title['zh']}分布", "en": f"Distribution: {title['en'].lower()}"},
        "unit": unit,
        "x": title,
        "classes": classes,
        "bins": _bins(frame, ends, keys, run.scheme.name) if ends else [],
        "cuts": [{"at": cut} for cut in _cuts(run, frame, keys)],
        "empty": frame.is_empty(),
    }


def indicator_of(run: Counted) -> tuple[dict[str, str], str]:
    """What a scheme on one indicator cuts: its label and how its numbers are written."""
    found = run.scheme.definition(str(getattr(run.scheme, "indicator", run.scheme.value)))
    unit = {"money": "money", "ratio": "percent"}.get(found.unit, "number")
    return dict(found.label), unit


def _bins(frame: pl.DataFrame, ends: list[float], keys: list[str], scheme: str) -> list[Picture]:
    inner = pl.Series(ends[1:-1], dtype=pl.Float64)
    place = inner.search_sorted(frame["score"], side="right").alias("bin")
    counts = {
        (row["bin"], row["class"]): row["customers"]
        for row in frame.group_by(place, "class").agg(customers=pl.len()).to_dicts()
    }
    bins = []
    for number, (low, high) in enumerate(pairwise(ends)):
        inside = [counts.get((number, key), 0) for key in keys]
        end = "" if number == len(ends) - 2 else _plain(high)
        bins.append(
            {
                "from": low,
                "to": high,
                "customers": sum(inside),
                "counts": inside,
                "drill": query(Scored(scheme, _plain(low), end)),
            }
        )
    return bins


def _ends(values: pl.Series) -> list[float]:
    """Ends of the bins: even steps, or even factors above zero when the values are skewed."""
    if values.is_empty():
        return []
    positive = values.filter(values > 0)
    least, middle = (
        (_number(positive.min()), _number(positive.median())) if positive.len() else (None, None)
    )
    return edges(_number(values.min()), _number(values.max()), least, middle)


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
