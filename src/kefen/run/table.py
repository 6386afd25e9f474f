"""The ABC table and its curve, from the classes of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from kefen.run.classified import Classified

_MONEY = pl.Decimal(38, 2)


def abc_table(run: Classified, limit: int | None, *, names: bool = True) -> pl.DataFrame:
    """Rated customers, most valuable first, equals by id."""
    positive = pl.col("value").clip(lower_bound=0)
    table = (
        run.classes.lazy()
        .filter(pl.col("class").is_not_null())
        .select("customer_id", "class", value=pl.col(run.value_column))
        .with_columns(pl.col("value").fill_null(0))
        .sort("value", "customer_id", descending=[True, False])
        .select(
            "customer_id",
            rank=pl.int_range(1, pl.len() + 1),
            cumulative_customers_share=pl.int_range(1, pl.len() + 1) / pl.len(),
            value="value",
            cumulative_value=pl.col("value").cum_sum(),
            cumulative_share=_ratio(positive.cum_sum(), positive.sum()),
            **{"class": pl.col("class")},
        )
        .slice(0, limit)
        .collect()
    )
    return named(run, table) if names else table


def named(run: Classified, table: pl.DataFrame) -> pl.DataFrame:
    """A table with the customers' names after their ids, where any is known."""
    known = _names(run, table)
    if known is None or "name" in table.columns:
        return table
    joined = table.join(known, on="customer_id", how="left", maintain_order="left")
    return joined.select("customer_id", "name", *table.columns[1:])


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    whole = whole.cast(pl.Float64)
    return pl.when(whole > 0).then(part.cast(pl.Float64) / whole).otherwise(0.0)


def _names(run: Classified, table: pl.DataFrame) -> pl.DataFrame | None:
    """Names of the table's customers; None when no customer has any."""
    if run.ledger is None:
        return None
    customers = run.ledger.table("customers").select("customer_id", "name")
    customers = customers.filter(customers.name.notnull())
    engine = run.ledger.engine
    if table.height <= _FEW:
        customers = customers.filter(customers.customer_id.isin(table["customer_id"].to_list()))
        known = pl.DataFrame(engine.rows(customers), dict.fromkeys(customers.columns, pl.String))
    else:
        known = pl.DataFrame(engine.fetch(customers))
    return known if known.height else None


_FEW = 1_000


def curve(table: pl.DataFrame, points: int) -> list[tuple[float, float]]:
    """At most `points` points of the cumulative shares, the first and the last among them."""
    if not table.height:
        return [(0.0, 0.0)]
    steps = max(points - 1, 1)
    kept = sorted({max(table.height * turn // steps - 1, 0) for turn in range(1, steps + 1)})
    rows = table[kept].select("cumulative_customers_share", "cumulative_share").rows()
    return [(0.0, 0.0), *((float(x), float(y)) for x, y in rows)]
