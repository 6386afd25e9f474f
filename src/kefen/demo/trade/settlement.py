"""After the sale: invoices, payments on time, late, in part or never, and goods sent back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kefen.demo.trade.orders import yuan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kefen.demo.trade.population import Population

    Ints = NDArray[np.int64]

_METHODS = ("银行转账", "承兑汇票", "支付宝", "微信支付", "现金")
_METHOD_SHARES = (0.66, 0.14, 0.09, 0.08, 0.03)
_REASONS = ("规格不符", "质量问题", "多订退货", "运输破损", "发错货", "价格协商")
_REASON_SHARES = (0.26, 0.24, 0.20, 0.13, 0.11, 0.06)
_RETURNED = 0.022
"""Share of order lines that come back, wholly or in part."""
_ONE_INVOICE_A_MONTH = 60
"""Credit days from which a customer is invoiced by the month."""


def invoices(
    rng: np.random.Generator, people: Population, customers: pl.DataFrame, orders: pl.DataFrame
) -> pl.DataFrame:
    """One an order some days later; one a month for customers with long credit."""
    terms = orders.join(customers.select("customer_id", "credit_days"), on="customer_id")
    delay = pl.lit(pl.Series(np.minimum(rng.poisson(1.6, terms.height), 9)))
    single = terms.with_columns(issued_on=pl.col("ordered_on") + pl.duration(days=delay)).filter(
        pl.col("credit_days") < _ONE_INVOICE_A_MONTH
    )
    monthly = (
        terms.filter(pl.col("credit_days") >= _ONE_INVOICE_A_MONTH)
        .group_by("customer_id", pl.col("ordered_on").dt.month_end().alias("issued_on"))
        .agg(pl.col("amount").sum(), pl.col("credit_days").first())
        .with_columns(order_id=pl.lit(None, dtype=pl.String))
    )
    columns = ["customer_id", "issued_on", "amount", "credit_days", "order_id"]
    return (
        pl.concat([single.select(columns), monthly.select(columns)])
        .filter(pl.col("issued_on") < people.as_of)
        .sort("issued_on", "customer_id", "order_id")
        .with_columns(due_on=pl.col("issued_on") + pl.duration(days=pl.col("credit_days")))
        .select(numbered("FP", "issued_on").alias("invoice_id"), *columns, "due_on")
    )


def payments(
    rng: np.random.Generator, people: Population, customers: pl.DataFrame, billed: pl.DataFrame
) -> pl.DataFrame:
    """What came in so far. Three payers in ten are late, one in ten badly so."""
    payer = index_of(customers, billed)
    lateness = rng.choice([0, 1, 2], people.size, p=(0.62, 0.28, 0.10))[payer]
    spread = rng.random(billed.height)
    late = np.select(
        [lateness == 0, lateness == 1],
        [np.round(-10 + 11 * spread), np.round(rng.lognormal(2.8, 0.8, billed.height))],
        np.round(rng.lognormal(4.1, 0.7, billed.height)),
    )
    cash = billed["credit_days"].to_numpy() == 0
    late = np.where(cash, 0, late)
    never = rng.random(billed.height) < np.array([0.002, 0.008, 0.05])[lateness] * ~cash
    partly = ~cash & (rng.random(billed.height) < np.array([0.03, 0.10, 0.22])[lateness])
    rest_unpaid = partly & (rng.random(billed.height) < 0.15)
    first = np.where(partly, rng.choice([30, 40, 50, 60, 70], billed.height), 100)
    due = billed.with_columns(
        total=(pl.col("amount") * 100).cast(pl.Int64),
        share=pl.Series(first),
        late=pl.Series(late.astype(np.int64)),
        rest=pl.Series(rng.integers(15, 75, billed.height)),
        has_rest=pl.Series(partly & ~rest_unpaid),
    ).filter(~pl.Series(never))
    half = (pl.col("total") * pl.col("share")) // 100
    day = pl.max_horizontal("issued_on", pl.col("due_on") + pl.duration(days=pl.col("late")))
    paid = pl.concat(
        [
            due.select("customer_id", "invoice_id", cents=half, paid_on=day),
            due.filter("has_rest").select(
                "customer_id",
                "invoice_id",
                cents=pl.col("total") - half,
                paid_on=day + pl.duration(days=pl.col("rest")),
            ),
        ]
    )
    kept = paid.filter((pl.col("paid_on") < people.as_of) & (pl.col("cents") > 0)).sort(
        "paid_on", "invoice_id"
    )
    method = rng.choice(len(_METHODS), kept.height, p=_METHOD_SHARES)
    return kept.select(
        numbered("SK", "paid_on").alias("payment_id"),
        "customer_id",
        "paid_on",
        yuan(pl.col("cents")).alias("amount"),
        "invoice_id",
        pl.Series(_METHODS).gather(method).alias("method"),
    )


def returns(
    rng: np.random.Generator, people: Population, customers: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """About one line in fifty, more from those who watch service closely."""
    chance = _RETURNED * np.exp(0.5 * people.service - 0.125)[index_of(customers, lines)]
    reason = pl.Series(_REASONS).gather(rng.choice(len(_REASONS), lines.height, p=_REASON_SHARES))
    part = np.where(rng.random(lines.height) < 0.55, 100, rng.integers(10, 90, lines.height))
    days = np.round(rng.gamma(2.2, 7, lines.height)).astype(np.int64) + 2
    allowance = pl.col("reason") == _REASONS[-1]
    share = pl.when(allowance).then(10).otherwise(pl.col("part"))
    back = (
        lines.with_columns(reason=reason, part=pl.Series(part), days=pl.Series(days))
        .filter(pl.Series(rng.random(lines.height) < chance))
        .with_columns(returned_on=pl.col("ordered_on") + pl.duration(days=pl.col("days")))
        .filter(pl.col("returned_on") < people.as_of)
        .sort("returned_on", "order_id", "line_no")
    )
    cents = {name: (pl.col(name) * 100).cast(pl.Int64) for name in ("amount", "cost")}
    cost = pl.when(allowance).then(0).otherwise(cents["cost"] * share // 100)
    return back.with_columns(
        amount=pl.max_horizontal(1, cents["amount"] * share // 100), cost=cost
    ).select(
        numbered("TH", "returned_on").alias("return_id"),
        "customer_id",
        "returned_on",
        yuan(pl.col("amount")).alias("amount"),
        yuan(pl.col("cost")).alias("cost"),
        "order_id",
        "product_id",
        "reason",
    )


def numbered(prefix: str, day: str) -> pl.Expr:
    """Numbers that start again every month, as books do."""
    month = pl.col(day).dt.strftime("%y%m")
    number = (pl.int_range(pl.len()).over(month) + 1).cast(pl.String).str.zfill(5)
    return pl.format("{}{}-{}", pl.lit(prefix), month, number)


def index_of(customers: pl.DataFrame, facts: pl.DataFrame) -> Ints:
    """Position of each fact's customer in the population."""
    numbered = customers.select("customer_id").with_row_index("index")
    joined = facts.select("customer_id").join(
        numbered, on="customer_id", how="left", maintain_order="left"
    )
    return joined["index"].to_numpy().astype(np.int64)
