"""What customers bought by category, straight from the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import ibis
import polars as pl

from kefen.indicators.facts import Facts
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date


def bought_by_category(
    codes: Collection[str], start: date, end: date
) -> dict[str, dict[str, Decimal]]:
    """What each of these customers bought in `[start, end)` by category, in the base currency.

    Lines below zero are subtracted; what comes to nothing, or has no category, is left out.
    """
    wanted = pl.DataFrame({"customer_id": sorted(codes)}, schema={"customer_id": pl.String})
    with opened() as ledger:
        if not ledger.count("order_lines"):
            return {}
        sales = Facts(ledger, only=ibis.memtable(wanted)).sales(("category",), start, end)
        named = sales.filter(sales.category.notnull() & (sales.category != ""))
        sums = named.group_by("customer_id", "category").aggregate(amount=named.amount.sum())
        rows = sums.filter(sums.amount > 0).to_polars().rows()
    found: dict[str, dict[str, Decimal]] = {}
    for code, category, amount in rows:
        found.setdefault(code, {})[category] = Decimal(str(amount))
    return found
