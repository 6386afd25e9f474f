"""The RFM heat map: recency score against frequency score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.pictures.filters import Cell, query
from kefen.pictures.kinds import Counted, Picture, value_title

if TYPE_CHECKING:
    from kefen.run import Run

SCORES = 5


def heatmap(run: Run) -> Picture:
    """Customers and money in each cell of R × F; cells without customers are there with zero."""
    value = run.value_column
    frame = run.classes.to_polars().filter(pl.col("r").is_not_null() & pl.col("f").is_not_null())
    cells = frame.group_by("r", "f").agg(customers=pl.len(), value=pl.col(value).sum())
    return of_cells(run, cells.to_dicts())


def of_cells(run: Counted, found: list[dict[str, Any]]) -> Picture:
    """The heat map of cells with `r`, `f`, `customers` and `value`."""
    cells = {(row["r"], row["f"]): row for row in found}
    top = max([SCORES, *(score for pair in cells for score in pair)])
    scores = list(range(1, int(top) + 1))
    frequency = {"zh": "购买频率 F", "en": "Frequency score"}
    recency = {"zh": "最近购买 R", "en": "Recency score"}
    return {
        "type": "heatmap",
        "title": {"zh": "RFM 热力图", "en": "RFM heat map"},
        "unit": "money",
        "value": value_title(run),
        "x": {"title": frequency, "short": "F", "values": scores},
        "y": {"title": recency, "short": "R", "values": scores},
        "cells": [
            {
                "x": f,
                "y": r,
                "customers": cells[r, f]["customers"] if (r, f) in cells else 0,
                "value": float(cells[r, f]["value"] or 0) if (r, f) in cells else 0.0,
                "drill": query(Cell(run.scheme.name, {"r": r, "f": f})),
            }
            for r in scores
            for f in scores
        ],
        "empty": not cells,
    }
