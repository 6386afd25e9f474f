"""CDNOW: everyone who first bought at an online music shop in early 1997, for 18 months.

The data of Fader and Hardie's papers ("Notes on the CDNOW Master Data Set", 2001), as shipped
in the `lifetimes` package. Amounts are US dollars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen.demo.packaged import data_file

if TYPE_CHECKING:
    from kefen.demo.company import Frames

KINDS = ("customers", "orders")
_MONEY = pl.Decimal(18, 2)


def frames(_seed: int, _customers: int) -> Frames:
    """`customers` and `orders`: one order for each of the 69,659 transactions."""
    path = data_file("lifetimes", "datasets/CDNOW_master.txt")
    text = pl.Series(path.read_text(encoding="ascii").splitlines()[1:])
    cells = text.str.extract_all(r"\S+").alias("cells").to_frame().filter(pl.len() > 0)
    orders = (
        cells.filter(pl.col("cells").list.len() == 4)
        .with_row_index("row", offset=1)
        .select(
            order_id=pl.format("CD{}", pl.col("row").cast(pl.String).str.zfill(6)),
            customer_id=pl.col("cells").list.get(0),
            ordered_on=pl.col("cells").list.get(1).str.to_date("%Y%m%d"),
            amount=pl.col("cells").list.get(3).cast(_MONEY),
            channel=pl.lit("Online"),
            note=pl.format("{} CD", pl.col("cells").list.get(2)),
        )
    )
    return {"customers": _customers_of(orders), "orders": orders}


def _customers_of(orders: pl.DataFrame) -> pl.DataFrame:
    return (
        orders.group_by("customer_id")
        .agg(registered_on=pl.col("ordered_on").min())
        .sort("customer_id")
        .select(
            "customer_id",
            "registered_on",
            name=pl.format("Customer {}", "customer_id"),
            customer_type=pl.lit("Individual"),
            source_channel=pl.lit("Online"),
        )
    )
