"""Who bought which product on which days, from order lines; and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from datetime import date

    from kefen.ledger import Ledger

YEARS: Final = timedelta(days=730)
"""So far back purchases count."""
_SALES, _LINES, _RETURNS = "sales", "order_lines", "returns"


@dataclass(frozen=True)
class Purchases:
    """What was bought before a day.

    Attributes:
        rows: `customer`, `item`, `day`, each once.
        returned: pairs of customer and item that came back.
        names: what items are called.
    """

    rows: pl.DataFrame
    returned: frozenset[tuple[str, str]]


def purchases(ledger: Ledger, as_of: date) -> Purchases:
    """The purchases of two years before a day; none where orders have no lines with products.

    A product goes by its name, else by its number.
    """
    empty = pl.DataFrame(schema={"customer": pl.String, "item": pl.String, "day": pl.Date})
    if not ledger.count(_LINES):
        return Purchases(empty, frozenset())
    table = ledger.table(_SALES)
    found = [name for name in ("product_name", "product_id") if name in table.columns]
    if not found:
        return Purchases(empty, frozenset())
    inside = table.filter((table.ordered_on < as_of) & (table.ordered_on >= as_of - YEARS))
    lines = inside.select("customer_id", "ordered_on", "amount", *found).to_polars()
    item = pl.coalesce([pl.col(name).replace("", None) for name in found])
    rows = lines.with_columns(item=item).filter(pl.col("item").is_not_null())
    bought = rows.filter(pl.col("amount") > 0)
    days = bought.select(
        customer=pl.col("customer_id").cast(pl.String),
        item="item",
        day=pl.col("ordered_on").cast(pl.Date),
    )
    back = rows.filter(pl.col("amount") < 0)
    returned = set(back.select(pl.col("customer_id").cast(pl.String), "item").rows())
    if "product_id" in found:
        named = rows.select(pl.col("product_id").cast(pl.String), "item").drop_nulls()
        named = named.unique("product_id", keep="last")
        returned |= _returns(ledger, as_of, dict(named.rows()))
    return Purchases(days.unique(maintain_order=True), frozenset(returned))


def _returns(ledger: Ledger, as_of: date, named: dict[str, str]) -> set[tuple[str, str]]:
    """Who sent what back; returns name products by their numbers."""
    if not ledger.count(_RETURNS):
        return set()
    table = ledger.table(_RETURNS)
    rows = table.filter(table.returned_on < as_of).select("customer_id", "product_id").to_polars()
    return {(str(who), named.get(str(item), str(item))) for who, item in rows.drop_nulls().rows()}
