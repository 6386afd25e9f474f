"""Polars, lazy, on its streaming engine."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from benchmarks.task import Stages, arguments

if TYPE_CHECKING:
    from pathlib import Path

AS_OF, START, BEFORE = date(2026, 1, 1), date(2025, 1, 1), date(2024, 1, 1)
MONEY = pl.Decimal(18, 2)
BY = "customer_id"
bought = pl.col("amount") > 0
rated = pl.col("orders") >= 1


def main() -> None:
    data, out = arguments()
    grade(data, out)


def grade(data: Path, out: Path) -> None:
    stages = Stages(out)
    with stages.stage("indicators"):
        found = indicators(
            pl.scan_parquet(data / "customers" / "*.parquet"),
            pl.scan_parquet(data / "order_lines" / "*.parquet"),
        ).collect(engine="streaming")
    tables = {"indicators": found.lazy()}
    tables |= {"abc": abc(found.lazy()), "rfm": rfm(found.lazy())}
    tables["weighted"] = weighted(found.lazy())
    for name, table in tables.items():
        with stages.stage("write" if name == "indicators" else name):
            table.sink_parquet(out / f"{name}.parquet", engine="streaming")
    stages.tell()


def indicators(customers: pl.LazyFrame, lines: pl.LazyFrame) -> pl.LazyFrame:
    day, amount = pl.col("ordered_on"), pl.col("amount")
    lines = lines.filter(day < AS_OF)
    inside = lines.filter(day >= START)
    ever = lines.group_by(BY).agg(
        before=amount.filter((day >= BEFORE) & (day < START)).sum(),
        first_order_on=day.filter(bought).min(),
        last_order_on=day.filter(bought).max(),
    )
    # An order's lines share its day, so days are counted over orders.
    orders = inside.group_by(BY, "order_id").agg(
        amount.sum(),
        pl.col("cost").sum(),
        pl.col("quantity").sum(),
        lines=pl.len(),
        costs=pl.col("cost").count(),
        day=day.filter(bought).min(),
    )
    year = orders.group_by(BY).agg(
        pl.col("cost").sum(),
        pl.col("lines").sum().cast(pl.Int64),
        pl.col("quantity").sum(),
        sales=pl.col("amount").sum(),
        costs=pl.col("costs").sum(),
        orders=pl.col("day").count().cast(pl.Int64),
        frequency=pl.col("day").drop_nulls().n_unique().cast(pl.Int64),
        first_in=pl.col("day").min(),
        last_in=pl.col("day").max(),
    )
    categories = (
        inside.filter(bought, pl.col("category").is_not_null())
        .select(BY, "category")
        .unique()
        .group_by(BY)
        .agg(categories=pl.len().cast(pl.Int64))
    )
    channel = (
        inside.filter(pl.col("channel").is_not_null())
        .group_by(BY, "channel")
        .agg(amount.sum(), most=amount.max())
        .filter(pl.col("most") > 0)
        .group_by(BY)
        .agg(
            channels=pl.len().cast(pl.Int64),
            main_channel=pl.col("channel").filter(amount == amount.max()).min(),
        )
    )
    joined = customers.select(BY)
    for table in (ever, year, categories, channel):
        joined = joined.join(table, on=BY, how="left")
    none = pl.lit(0)
    return (
        joined.with_columns(
            pl.col("sales", "cost", "before").fill_null(0).cast(MONEY),
            pl.col("orders", "frequency", "lines", "costs").fill_null(none),
        )
        .with_columns(
            profit=pl.when(pl.col("costs") == pl.col("lines")).then(
                (pl.col("sales") - pl.col("cost")).cast(MONEY)
            ),
            positive=pl.when(pl.col("sales") > 0).then(pl.col("sales")),
        )
        .select(
            BY,
            "sales",
            "profit",
            margin=_real("profit") / _real("positive"),
            average_order_value=pl.when(rated).then(_real("sales") / pl.col("orders")),
            share_of_sales=_real("sales") / _real("positive").sum(),
            growth=pl.when(pl.col("before") != 0).then(
                (pl.col("sales") - pl.col("before")).cast(pl.Float64) / _real("before").abs()
            ),
            returns_amount=pl.lit(0).cast(MONEY),
            return_rate=pl.when(pl.col("sales") > 0).then(0.0),
            orders="orders",
            frequency="frequency",
            recency=_days(pl.lit(AS_OF), "last_in"),
            purchase_interval=pl.when(pl.col("frequency") >= 2).then(
                _days(pl.col("last_in"), "first_in") / (pl.col("frequency") - 1)
            ),
            tenure=_days(pl.lit(AS_OF), "first_order_on"),
            first_order_on="first_order_on",
            last_order_on="last_order_on",
            channels=_known("channels"),
            main_channel="main_channel",
            categories=_known("categories"),
            lines="lines",
            quantity=pl.when(pl.col("lines") == 0).then(0.0).otherwise(pl.col("quantity")),
        )
        .sort(BY)
    )


def _real(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64)


def _days(end: pl.Expr, start: str) -> pl.Expr:
    return (end - pl.col(start)).dt.total_days()


def _known(count: str) -> pl.Expr:
    return pl.when(pl.col("last_in").is_null()).then(0).when(pl.col(count) > 0).then(pl.col(count))


def _mine(value: pl.Expr) -> pl.Expr:
    """A value where the customer can be rated."""
    return pl.when(rated).then(value)


def _upto(value: pl.Expr, *, descending: bool) -> pl.Expr:
    """How many customers have this value or a better one, the best first."""
    return value.rank("max", descending=descending)


def abc(table: pl.LazyFrame) -> pl.LazyFrame:
    table = table.select(BY, "sales", "orders")
    earned = (
        table.filter(rated, pl.col("sales") > 0)
        .group_by("sales")
        .agg(part=pl.col("sales").sum())
        .sort("sales", descending=True)
        .with_columns(running=pl.col("part").cum_sum(), total=pl.col("part").sum())
        .select(
            "sales",
            group=pl.when(
                (pl.col("sales") == pl.col("sales").max())
                | (pl.col("running") * 4 <= pl.col("total") * 3)
            )
            .then(pl.lit("A"))
            .when(pl.col("running") * 20 <= pl.col("total") * 19)
            .then(pl.lit("B"))
            .otherwise(pl.lit("C")),
        )
    )
    return (
        table.join(earned, on="sales", how="left")
        .select(
            BY,
            _mine(pl.col("group").fill_null("C")).alias("class"),
            _mine(_real("sales")).alias("score"),
            "sales",
            "orders",
        )
        .sort(BY)
    )


def _fifth(value: pl.Expr, *, descending: bool) -> pl.Expr:
    upto, n = _upto(value, descending=descending), value.count()
    best = value.max() if descending else value.min()
    score = 6 - (5 * upto.cast(pl.Int64) + n.cast(pl.Int64) - 1) // n.cast(pl.Int64)
    return pl.when(value == best).then(5).otherwise(score).cast(pl.Int8)


def rfm(table: pl.LazyFrame) -> pl.LazyFrame:
    r, f, m = pl.col("r_high"), pl.col("f_high"), pl.col("m_high")
    return (
        table.select(BY, "recency", "frequency", "sales", "orders")
        .with_columns(
            r=_fifth(_mine(pl.col("recency")), descending=False),
            f=_fifth(_mine(pl.col("frequency")), descending=True),
            m=_fifth(_mine(pl.col("sales")), descending=True),
        )
        .with_columns(
            r_high=pl.col("r") >= pl.col("r").mean(),
            f_high=pl.col("f") >= pl.col("f").mean(),
            m_high=pl.col("m") >= pl.col("m").mean(),
        )
        .select(
            BY,
            pl.when(m & r & f)
            .then(pl.lit("important-value"))
            .when(m & r)
            .then(pl.lit("important-develop"))
            .when(m & f)
            .then(pl.lit("important-keep"))
            .when(m)
            .then(pl.lit("important-retain"))
            .when(r & f)
            .then(pl.lit("general-value"))
            .when(r)
            .then(pl.lit("general-develop"))
            .when(f)
            .then(pl.lit("general-keep"))
            .when(pl.col("r").is_not_null())
            .then(pl.lit("general-retain"))
            .alias("class"),
            (pl.col("r") + pl.col("f") + pl.col("m")).cast(pl.Float64).alias("score"),
            *("recency", "frequency", "sales", "orders", "r", "f", "m"),
            *("r_high", "f_high", "m_high"),
        )
    )


def _beaten(name: str, *, descending: bool = False) -> pl.Expr:
    value = _mine(pl.col(name))
    rank = value.rank("min", descending=descending).cast(pl.Float64)
    return 100 * (rank - 1) / (value.count() - 1)


def weighted(table: pl.LazyFrame) -> pl.LazyFrame:
    each = ("sales", "profit", "average_order_value", "frequency", "recency", "growth")
    weights = dict(zip(each, (0.3, 0.2, 0.1, 0.15, 0.15, 0.1), strict=True))
    order, growth = _mine(pl.col("average_order_value")), _mine(pl.col("growth"))
    low, high = (order.quantile(point, "linear") for point in (0.01, 0.99))
    bands = pl.when(growth.is_null()).then(None).when(growth >= 0.5).then(100.0)
    for bound, points in ((0.2, 80.0), (0.0, 60.0), (-0.2, 40.0), (-0.5, 20.0)):
        bands = bands.when(growth >= bound).then(points)
    present = [pl.when(pl.col(f"norm_{n}").is_null()).then(0.0).otherwise(weights[n]) for n in each]
    score, n = pl.col("score"), pl.col("score").count()
    upto = _upto(score, descending=True).cast(pl.Int64)
    return (
        table.select(BY, *each, "orders")
        .with_columns(
            norm_sales=_beaten("sales"),
            norm_profit=_beaten("profit"),
            norm_average_order_value=100 * (order.clip(low, high) - low) / (high - low),
            norm_frequency=_beaten("frequency"),
            norm_recency=_beaten("recency", descending=True),
            norm_growth=bands.otherwise(0.0),
        )
        .with_columns(whole=pl.sum_horizontal(present))
        .with_columns(
            **{
                f"contribution_{n}": pl.col(f"norm_{n}") * weights[n] / pl.col("whole")
                for n in each
            }
        )
        .with_columns(
            score=_mine(pl.sum_horizontal(f"contribution_{name}" for name in each).round(9))
        )
        .select(
            BY,
            pl.when(score.is_null())
            .then(None)
            .when((score == score.max()) | (5 * upto <= n))
            .then(pl.lit("A"))
            .when(2 * upto <= n)
            .then(pl.lit("B"))
            .when(5 * upto <= 4 * n)
            .then(pl.lit("C"))
            .otherwise(pl.lit("D"))
            .alias("class"),
            "score",
            *each,
            "orders",
            *(f"norm_{name}" for name in each),
            *(f"contribution_{name}" for name in each),
        )
    )


if __name__ == "__main__":
    main()
