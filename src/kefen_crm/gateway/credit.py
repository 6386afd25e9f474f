"""What credit is reckoned from, straight from the ledger: average sales, orders not invoiced."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from kefen import indicators
from kefen.indicators import Request
from kefen.period import Window
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from kefen.ledger import Ledger

YEAR = Window.parse("12m")
MONTHS = 12
OPEN_ORDER_DAYS = 90
"""Days in which an order that was not invoiced is still taken for one that will be."""
_CENT = Decimal("0.01")


class Figures(NamedTuple):
    """A customer's sales a month over twelve months, and what it ordered and was not invoiced."""

    monthly_sales: Decimal
    not_invoiced: Decimal


def figures(day: date) -> dict[str, Figures]:
    """By code, of the customers who bought within twelve months; money in the base currency.

    Orders of the last `OPEN_ORDER_DAYS` are not invoiced while no invoice names them. Of a
    customer whose invoices name no orders it is what was ordered in these days less what was
    invoiced, at least 0; of one who was never invoiced, nothing: it pays otherwise.
    """
    with opened() as ledger:
        rows = indicators.compute(ledger, [Request("sales", YEAR)], day)
        rows = rows.filter(rows.sales > 0).select("customer_id", "sales")
        sales = dict(rows.to_polars().iter_rows())
        ordered = _not_invoiced(ledger, day) if ledger.count("invoices") else {}
    nothing = Decimal(0)
    return {
        code: Figures(
            (Decimal(sales.get(code) or 0) / MONTHS).quantize(_CENT), ordered.get(code, nothing)
        )
        for code in sales.keys() | ordered.keys()
    }


def _not_invoiced(ledger: Ledger, day: date) -> dict[str, Decimal]:
    first = day - timedelta(days=OPEN_ORDER_DAYS)
    invoices, orders = ledger.table("invoices"), ledger.table("sales")
    named = invoices.filter(invoices.order_id.notnull()).select("customer_id", "order_id")
    billed = invoices.group_by("customer_id").aggregate(
        names=invoices.order_id.count(),
        invoiced=invoices.amount.sum(where=(invoices.issued_on >= first)),
    )
    lately = orders.filter((orders.ordered_on >= first) & (orders.ordered_on < day))
    lately = lately.semi_join(billed, "customer_id")
    bare = lately.anti_join(named, ["customer_id", "order_id"])
    whole = lately.group_by("customer_id").aggregate(ordered=lately.amount.sum())
    open_ = bare.group_by("customer_id").aggregate(bare=bare.amount.sum())
    rows = billed.inner_join(whole, "customer_id").left_join(open_, "customer_id")
    rows = rows.select("customer_id", "names", "invoiced", "ordered", "bare")
    found = {}
    for code, names, invoiced, ordered, bare_ in rows.to_polars().iter_rows():
        left = bare_ if names else ordered - (invoiced or 0)
        if left and left > 0:
            found[code] = Decimal(left)
    return found
