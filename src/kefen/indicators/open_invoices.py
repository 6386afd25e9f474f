"""The invoices that are not paid in full on a day, by the rules of the payment indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.indicators.payment import portions
from kefen.indicators.provider_indicators import MONEY

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger


def open_invoices(ledger: Ledger, as_of: date) -> ir.Table:
    """What is owed on a day, one row an invoice, or a payment that was taken back.

    Columns: `customer_id`, `number`, `age` and `term` in days (the term null without a due date),
    `open` in the base currency, decimal(18,2), more than 0. Sums by customer are the indicator
    `outstanding`, and of rows with `age > term` the indicator `overdue_amount`.
    """
    parts = portions(ledger, as_of)
    left = parts.filter(parts.wait.isnull())
    invoice = left.group_by("customer_id", number=left.debt_id, age=left.age, term=left.term)
    return invoice.aggregate(open=left.amount.sum().cast(MONEY))
