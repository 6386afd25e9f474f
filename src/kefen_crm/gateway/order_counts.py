"""How many orders came on which day, straight from the ledger."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date


def orders_by_day(first: date, end: date, codes: Collection[str] | None = None) -> Counter[date]:
    """Orders by their day, from `first` until before `end`; those of some customers, or of all."""
    seen: set[tuple[str, str, date]] = set()
    with opened() as ledger:
        for kind in ("orders", "order_lines"):
            facts = ledger.table(kind)
            within = facts.filter((facts.ordered_on >= first) & (facts.ordered_on < end))
            if codes is not None:
                within = within.filter(within.customer_id.isin(list(codes)))
            rows = within.select("customer_id", "order_id", "ordered_on").distinct().to_polars()
            seen.update(rows.iter_rows())
    return Counter(day for _code, _number, day in seen)
