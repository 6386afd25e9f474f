"""Who owes money that is overdue, straight from the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen import indicators
from kefen.indicators import Request
from kefen.period import Window
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from datetime import date


def overdue_customers(day: date) -> set[str]:
    """The codes of customers who owed money on a day that was due before it."""
    with opened() as ledger:
        if not ledger.count("invoices"):
            return set()
        request = Request("overdue_amount", Window.parse("12m"))
        rows = indicators.compute(ledger, [request], day)
        late = rows.filter(rows.overdue_amount > 0).select("customer_id").to_polars()
    return set(late["customer_id"])
