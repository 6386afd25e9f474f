"""When customers bought of a category, straight from the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from kefen.indicators.facts import Facts
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


def first_purchases(category: str, days: Iterable[date], rest: int) -> list[tuple[str, date]]:
    """Who bought of a category on one of these days, and not in the `rest` days before."""
    wanted = sorted(days)
    if not wanted:
        return []
    start, end = wanted[0] - timedelta(days=rest), wanted[-1] + timedelta(days=1)
    rows = _bought(category, start, end).sort("customer_id", "ordered_on")
    before = pl.col("ordered_on").shift(1).over("customer_id")
    fresh = before.is_null() | ((pl.col("ordered_on") - before) > timedelta(days=rest))
    found = rows.filter(fresh).filter(pl.col("ordered_on").is_in(wanted))
    return [(str(code), day) for code, day in found.iter_rows()]


def buyers_of(category: str, start: date, end: date) -> list[str]:
    """The codes of who bought of a category in `[start, end)`."""
    return _bought(category, start, end)["customer_id"].unique().sort().to_list()


def _bought(category: str, start: date, end: date) -> pl.DataFrame:
    """Each day on which somebody bought of a category."""
    empty = {"customer_id": pl.String, "ordered_on": pl.Date}
    with opened() as ledger:
        if not ledger.count("order_lines"):
            return pl.DataFrame(schema=empty)
        sales = Facts(ledger).sales(("category",), start, end)
        of_it = sales.filter((sales.category == category) & (sales.amount > 0))
        rows: pl.DataFrame = of_it.select("customer_id", "ordered_on").distinct().to_polars()
    return rows.cast({"ordered_on": pl.Date})


def categories(most: int) -> list[str]:
    """The categories of what was bought, the most frequent first."""
    with opened() as ledger:
        if not ledger.count("order_lines"):
            return []
        lines = ledger.table("order_lines")
        named = lines.filter(lines.category.notnull() & (lines.category != ""))
        counts = named.group_by("category").aggregate(lines=named.count())
        rows = counts.order_by(counts.lines.desc(), counts.category).limit(most).to_polars()
    return [str(one) for one in rows["category"]]
