"""What evaluations show: gain curves, outcomes by class, calibration, agreement, sensitivity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.evaluate.findings import length
from kefen.pictures.filters import UNRATED, Moved, OfClass, query
from kefen.pictures.kinds import Picture, bare
from kefen.pictures.titles import words
from kefen.schemes.lapse import LAPSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen.evaluate import (
        Agreement,
        Backtest,
        Comparison,
        Experiment,
        Readiness,
        Sensitivity,
        UpliftClasses,
    )
    from kefen.evaluate.calibration import Calibration
    from kefen.schemes import Scheme

OUTCOMES = {
    "mean": "money",
    "mean_profit": "money",
    "retention": "percent",
    "overdue_rate": "percent",
}
"""What can be shown of each class, and its unit."""


def lorenz(readiness: Readiness) -> Picture:
    """The Lorenz curve of the buyers' sales: the lower, the more they differ."""
    points = readiness.lorenz
    return {
        "type": "curves",
        "title": words("lorenz"),
        "x": {"title": words("customers-share"), "unit": "percent"},
        "y": {"title": words("sales-share"), "unit": "percent"},
        "series": [{"title": words("lorenz"), "index": 1, "points": points}],
        "diagonal": words("all-equal"),
        "empty": len(points) < 3,
    }


def gains(backtest: Backtest) -> Picture:
    """The gain curves of all schemes tried, beside past sales, chance and the best order."""
    series: list[Picture] = [
        {"title": _title(one.scheme), "index": place, "points": one.points}
        for place, one in enumerate(backtest.tracks, start=1)
        if one.points
    ]
    past = {"title": words("by-past-sales"), "points": backtest.past, "dashed": True}
    best = {"title": words("by-foresight"), "points": backtest.best, "faint": True}
    return {
        "type": "curves",
        "title": words("gains"),
        "x": {"title": words("customers-best-first"), "unit": "percent"},
        "y": {"title": words(f"future-{backtest.value}"), "unit": "percent"},
        "series": [*series, past, best] if series else [],
        "diagonal": words("chance"),
        "empty": not series,
    }


def outcomes(backtest: Backtest, scheme: str | None = None, what: str = "mean") -> Picture:
    """What each class went on to do: `mean` value, `mean_profit`, `retention`, `overdue_rate`.

    Each with its 95 % interval; of the first scheme unless one is named.

    Raises:
        KeyError: when the scheme was not tried, or `what` is none of these.
    """
    track = backtest.tracks[0] if scheme is None else backtest.track(scheme)
    unit = OUTCOMES[what]
    items = []
    for one in track.classes:
        found = getattr(one, what)
        if found.value is None:
            continue
        key = one.class_ or UNRATED
        items.append(
            {
                "title": one.title,
                "index": one.index,
                **found.to_dict(),
                "customers": one.customers,
                "drill": query(OfClass(track.scheme.name, key)),
            }
        )
    horizon = {lang: length(backtest.horizon, lang) for lang in ("zh", "en")}
    name = what if what != "mean" else f"mean-{backtest.value}"
    return {
        "type": "intervals",
        "title": words(f"outcome-{name.replace('_', '-')}", horizon=horizon),
        "unit": unit,
        "value": words(f"value-{name.replace('_', '-')}"),
        "items": items,
        "empty": not items,
    }


def ginis(backtest: Backtest) -> Picture:
    """How well each scheme ranked on each date, beside past sales."""
    tried = [one for one in backtest.tracks if one.trials]
    series: list[Picture] = [
        {"title": _title(one.scheme), "index": place, "values": [t.gini for t in one.trials]}
        for place, one in enumerate(tried, start=1)
    ]
    if tried:
        past = [trial.gini_past for trial in tried[0].trials]
        series.append({"title": words("by-past-sales"), "index": len(series) + 1, "values": past})
    return {
        "type": "line",
        "title": words("ginis"),
        "unit": "number",
        "x": [day.isoformat() for day in backtest.dates],
        "series": series,
        "empty": not tried,
    }


def calibration(found: Calibration) -> Picture:
    """What was predicted against what came, in bins: on the diagonal it is right."""
    unit = "number" if found.outcome == "purchases" else "percent"
    title = found.label
    return {
        "type": "curves",
        "title": {lang: f"{told} · {title[lang]}" for lang, told in words("calibration").items()},
        "x": {"title": words("predicted"), "unit": unit},
        "y": {"title": words("realised"), "unit": unit},
        "series": [
            {
                "title": title,
                "index": 1,
                "dots": True,
                "points": [[one.predicted, one.realised] for one in found.bins],
                "sizes": [one.customers for one in found.bins],
            }
        ],
        "diagonal": words("as-predicted"),
        "empty": not found.bins,
    }


def transitions(comparison: Comparison) -> Picture:
    """The matrix of a migration: from the classes of the first run to those of the second."""
    before, after = comparison.before.scheme, comparison.after.scheme
    rows, columns = _met(before, comparison, "from"), _met(after, comparison, "to")
    places = [{kind["key"]: n for n, kind in enumerate(side)} for side in (rows, columns)]
    counts: dict[tuple[int, int], Picture] = {}
    for cell in comparison.matrix:
        start, end = (UNRATED if cell[side] is None else cell[side] for side in ("from", "to"))
        if start in places[0] and end in places[1]:
            counts[places[0][start], places[1][end]] = cell
    same = before.name == after.name
    cells = [
        {
            "row": row,
            "column": column,
            "customers": int(cell["customers"]),
            "value": float(cell["value_to"] or 0),
            "drill": query(Moved(after.name, rows[row]["key"], columns[column]["key"]))
            if same
            else both_classes(before.name, rows[row], after.name, columns[column]),
        }
        for (row, column), cell in counts.items()
    ]
    return _matrix(
        words("transitions"), (comparison.before, comparison.after), rows, columns, cells
    )


def _met(scheme: Scheme, comparison: Comparison, side: str) -> list[Picture]:
    """The classes of a scheme and the unrated; the lapsed where there are any."""
    met = {cell[side] for cell in comparison.matrix}
    return [kind for kind in bare(scheme) if kind["key"] != LAPSED or LAPSED in met]


def overlap(agreement: Agreement) -> Picture:
    """The customers of each class of one run in each class of another."""
    before, after = agreement.before, agreement.after
    rows, columns = (
        [kind for kind in bare(run.scheme) if kind["index"]] for run in (before, after)
    )
    cells = [
        {
            "row": row,
            "column": column,
            "customers": count,
            "drill": both_classes(
                before.scheme.name, rows[row], after.scheme.name, columns[column]
            ),
        }
        for row, counts in enumerate(agreement.matrix)
        for column, count in enumerate(counts)
        if count
    ]
    return _matrix(words("overlap"), (before, after), rows, columns, cells)


def sensitivity(found: Sensitivity) -> Picture:
    """The share of customers that change class as each weight moves."""
    series = []
    for place, one in enumerate(found.weights, start=1):
        points = [[change.by, change.changed] for change in one.changes]
        points = sorted([*points, [0.0, 0.0]])
        series.append({"title": one.label, "index": place, "points": points})
    return {
        "type": "curves",
        "title": words("sensitivity"),
        "x": {"title": words("weight-change"), "unit": "percent"},
        "y": {"title": words("changed-class"), "unit": "percent"},
        "series": series,
        "empty": not found.customers,
    }


def uplift(experiment: Experiment, scheme: Scheme) -> Picture:
    """What treating customers changed, by class, with intervals; zero is no change."""
    kinds = {kind["key"]: kind for kind in bare(scheme)}
    items = [
        {
            "title": kinds[one.class_ or UNRATED]["title"],
            "index": kinds[one.class_ or UNRATED]["index"],
            **one.uplift.to_dict(),
            "customers": one.treated + one.holdout,
            "drill": kinds[one.class_ or UNRATED]["drill"],
        }
        for one in experiment.uplifts
        if one.uplift.value is not None
    ]
    return {
        "type": "intervals",
        "title": words("uplift"),
        "unit": "money",
        "value": words("value-uplift"),
        "items": items,
        "at": 0,
        "empty": not items,
    }


def qini(found: UpliftClasses) -> Picture:
    """What treating the best ranked first brings, spread over all, beside treating anybody."""
    curve = found.qini
    return {
        "type": "curves",
        "title": words("qini"),
        "x": {"title": words("customers-best-first"), "unit": "percent"},
        "y": {"title": words("gain-a-customer"), "unit": "money"},
        "series": [
            {
                "title": words("by-response"),
                "index": 1,
                "points": [list(one) for one in zip(curve.shares, curve.gains, strict=True)],
            },
            {"title": words("anybody"), "points": [[0, 0], [1, curve.lift]], "dashed": True},
        ],
        "empty": len(curve.shares) < 2,
    }


def both_classes(before: str, start: Picture, after: str, end: Picture) -> str | None:
    """Who is now in both classes; of two runs of one scheme nobody is."""
    if before == after:
        return None
    return query(OfClass(before, start["key"]), OfClass(after, end["key"]))


def _matrix(
    title: dict[str, str],
    runs: Sequence[Any],
    rows: list[Picture],
    columns: list[Picture],
    cells: list[Picture],
) -> Picture:
    """Only the classes that hold anyone; the share of a cell is of its row."""
    held = [sorted({cell[side] for cell in cells}) for side in ("row", "column")]
    wholes: dict[int, int] = {}
    for cell in cells:
        wholes[cell["row"]] = wholes.get(cell["row"], 0) + cell["customers"]
    same = runs[0].scheme.keys() == runs[1].scheme.keys()
    return {
        "type": "matrix",
        "title": title,
        "unit": "customers",
        "rows": {"title": _side(runs[0]), "classes": [rows[n] for n in held[0]]},
        "columns": {"title": _side(runs[1]), "classes": [columns[n] for n in held[1]]},
        "cells": [
            cell
            | {
                "row": held[0].index(cell["row"]),
                "column": held[1].index(cell["column"]),
                "share": cell["customers"] / wholes[cell["row"]],
                "same": same and cell["row"] == cell["column"],
            }
            for cell in cells
        ],
        "empty": not cells,
    }


def _side(run: Any) -> dict[str, str]:
    title = _title(run.scheme)
    return {lang: f"{title[lang]} · {run.as_of}" for lang in ("zh", "en")}


def _title(scheme: Scheme) -> dict[str, str]:
    return {"zh": scheme.title.zh, "en": scheme.title.en}
