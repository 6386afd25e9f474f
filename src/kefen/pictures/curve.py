"""The Pareto curve: how few customers bring how much of the money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen.pictures.kinds import Picture, counted, value_title

if TYPE_CHECKING:
    from kefen.run import Run

POINTS = 400
HEAD = 60
"""The first customers are kept one by one: the curve is steepest there."""


def pareto(run: Run) -> Picture:
    """Cumulative share of money against share of customers, with the zones of the classes.

    About 400 points at most; the first customers, the last, and both sides of every class cut
    are always among them.
    """
    table = run.table().to_polars()
    kinds = counted(run)
    zones = _zones(_as_computed(run, table), kinds)
    total = float(table["value"].sum() or 0) if table.height else 0.0
    return {
        "type": "pareto",
        "title": {"zh": "帕累托曲线", "en": "Pareto curve"},
        "unit": "money",
        "value": value_title(run),
        "customers": table.height,
        "classes": zones,
        "points": _points(table),
        "empty": total <= 0,
    }


def _as_computed(run: Run, table: pl.DataFrame) -> pl.DataFrame:
    """With the class the value gives, where a cap or a person gave another: zones are of value."""
    if "computed" not in run.classes.columns:
        return table
    computed = run.classes.lazy().select("customer_id", "computed").collect()
    held = table.join(computed, "customer_id", how="left", maintain_order="left")
    return held.with_columns(pl.coalesce("computed", "class").alias("class"))


def _zones(table: pl.DataFrame, kinds: list[Picture]) -> list[Picture]:
    """Each class with where its zone starts and ends and the share of money reached there."""
    ends = {
        row["class"]: (row["to"], row["reach"])
        for row in table.group_by("class", maintain_order=True)
        .agg(to=pl.col("cumulative_customers_share").max(), reach=pl.col("cumulative_share").last())
        .to_dicts()
    }
    zones, start = [], 0.0
    for kind in kinds:
        end, reach = ends.get(kind["key"], (start, 0.0))
        zones.append(kind | {"from": start, "to": float(end), "reach": float(reach)})
        if kind["index"]:
            start = float(end)
    return zones


def _points(table: pl.DataFrame) -> list[Picture]:
    rows = table[_kept(table)]
    points: list[Picture] = [{"x": 0, "y": 0, "rank": 0, "customer_id": "", "value": 0}]
    for row in rows.to_dicts():
        point = {
            "x": float(row["cumulative_customers_share"]),
            "y": float(row["cumulative_share"]),
            "rank": int(row["rank"]),
            "customer_id": row["customer_id"],
            "value": float(row["value"] or 0),
        }
        if name := row.get("name"):
            point["name"] = name
        points.append(point)
    return points


def _kept(table: pl.DataFrame) -> list[int]:
    """Which rows are drawn."""
    height = table.height
    if height <= POINTS:
        return list(range(height))
    changes = (table["class"] != table["class"].shift(1)).fill_null(value=True).arg_true().to_list()
    edges = {row for change in changes for row in (change - 1, change) if row >= 0}
    spare = POINTS - 1 - HEAD - len(edges)
    step = max((height - HEAD) / max(spare, 1), 1)
    spread = {min(HEAD + int(step * turn), height - 1) for turn in range(spare)}
    return sorted(set(range(HEAD)) | edges | spread | {height - 1})[: POINTS + len(edges)]
