"""Who is in the classes of a saved run, as the ABC table that practitioners draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.evaluate import ABSENT, compare, sides
from kefen.pictures.filters import UNRATED
from kefen.run import open_run
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from kefen.run import Run

GONE = "absent"


def table(run_id: str, path: Path) -> pl.LazyFrame:
    """The ABC table of a run, most valuable first, the lapsed and unrated last, without ranks.

    Columns: `customer_id`, `name`, `rank`, `cumulative_customers_share`, `value`,
    `cumulative_value`, `cumulative_share`, `class` (`~lapsed`, null = unrated), `score`, and `r`,
    `f` of RFM. It is worked out once and kept in the file `path`.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        _worked_out(run_id).write_parquet(draft, row_group_size=50_000)
        draft.replace(path)
    return pl.scan_parquet(path, glob=False)


def _worked_out(run_id: str) -> pl.DataFrame:
    with opened() as ledger:
        run = open_run(ledger, run_id)
        ranked = run.table().to_polars()
        customers = ledger.table("customers").select("customer_id", "name").to_polars()
        more = [name for name in ("r", "f") if name in run.classes.columns]
        classes = run.classes.to_polars().select(
            "customer_id",
            run.key.alias("class"),
            pl.col("score").cast(pl.Float64),
            *more,
            worth=pl.col(run.value_column).fill_null(0),
        )
    ranks = ranked.drop("name", "class", strict=False)
    return (
        classes.join(ranks, "customer_id", how="left")
        .join(customers, "customer_id", how="left")
        .with_columns(pl.coalesce("value", "worth").alias("value"))
        .drop("worth")
        .sort("rank", "customer_id", nulls_last=True)
    )


def narrowed(
    rows: pl.LazyFrame,
    *,
    key: str = "",
    cell: tuple[int, int] | None = None,
    score: tuple[float | None, float | None] | None = None,
) -> pl.LazyFrame:
    """Those of a class (`~lapsed`; `none` = unrated), of an RFM cell (r, f), of some scores."""
    if key:
        wanted = pl.col("class").is_null() if key == UNRATED else pl.col("class") == key
        rows = rows.filter(wanted)
    if cell and {"r", "f"} <= set(rows.collect_schema().names()):
        rows = rows.filter(pl.col("r") == cell[0], pl.col("f") == cell[1])
    if score:
        low, high = score
        rows = rows.filter(pl.col("score").is_not_null())
        rows = rows if low is None else rows.filter(pl.col("score") >= low)
        rows = rows if high is None else rows.filter(pl.col("score") < high)
    return rows


def page(rows: pl.LazyFrame, start: int, length: int) -> list[dict[str, Any]]:
    """Some rows of a table."""
    return rows.slice(start, length).collect().to_dicts()


def height(rows: pl.LazyFrame) -> int:
    """How many rows a table has."""
    return int(rows.select(pl.len()).collect().item())


def moved(before: str, after: str, start: str = "", end: str = "") -> pl.DataFrame:
    """Who is not in the class of the run before, those who moved most money first.

    Columns: `customer_id`, `name`, `from`, `to`, `value_from`, `value_to`, `change`. A class is
    its key, `none` for unrated, `absent` for not in that run. When `start` and `end` are the same
    these are the customers who stayed there.
    """
    with opened() as ledger:
        one, two = open_run(ledger, before), open_run(ledger, after)
        stayed = bool(start) and start == end
        rows = _stayed(one, two) if stayed else compare(one, two).moved.to_polars()
        customers = ledger.table("customers").select("customer_id", "name").to_polars()
    rows = rows.with_columns(
        pl.col(side).fill_null(UNRATED).replace(ABSENT, GONE) for side in ("from", "to")
    )
    for side, key in (("from", start), ("to", end)):
        rows = rows.filter(pl.col(side) == key) if key else rows
    rows = rows.with_columns(change=pl.col("value_to") - pl.col("value_from"))
    return rows.join(customers, "customer_id", how="left", maintain_order="left")


def _stayed(one: Run, two: Run) -> pl.DataFrame:
    same = sides(one, two).filter(pl.col("from").eq_missing(pl.col("to")))
    return same.sort("value_to", "customer_id", descending=[True, False]).collect()


def worth(run_id: str, codes: Collection[str]) -> dict[str, float]:
    """What a run weighed these customers by."""
    with opened() as ledger:
        run = open_run(ledger, run_id)
        rows = run.classes.lazy().filter(pl.col("customer_id").is_in(list(codes)))
        found = rows.select("customer_id", value=pl.col(run.value_column).fill_null(0)).collect()
    return {code: float(value) for code, value in found.rows()}
