"""What customers bought, straight from the ledger, for lists and the customer's page."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from kefen.pictures import monthly
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from kefen.ledger import Ledger

_FEW = 20


def buyers(month: str) -> list[str]:
    """Codes of the customers with a purchase in `YYYY-MM`."""
    year, number = map(int, month.split("-"))
    first = date(year, number, 1)
    after = date(year + number // 12, number % 12 + 1, 1)
    codes: set[str] = set()
    with opened() as ledger:
        for kind in ("orders", "order_lines"):
            facts = ledger.table(kind)
            within = (facts.ordered_on >= first) & (facts.ordered_on < after) & (facts.amount > 0)
            bought = facts.filter(within).select("customer_id").distinct()
            codes |= set(bought.to_polars()["customer_id"])
    return sorted(codes)


def customers_of_order(number: str) -> list[str]:
    """Codes of the customers of the orders with this number, as it is written."""
    codes: set[str] = set()
    with opened() as ledger:
        for kind in ("orders", "order_lines"):
            facts = ledger.table(kind)
            found = facts.filter(facts.order_id == number).select("customer_id").distinct()
            codes |= set(found.limit(_FEW).to_polars()["customer_id"])
    return sorted(codes)


def purchases_by_month(code: str, months: int = 24) -> dict[str, Any]:
    """The picture of a customer's monthly purchases."""
    with opened() as ledger:
        return monthly(ledger, code, months=months)


def facts_of(ledger: Ledger, kind: str, code: str, newest: str, limit: int) -> list[dict[str, Any]]:
    """The newest facts of a kind about one customer, newest first by the column `newest`.

    `void` of each tells that it does not count: it was cancelled, refunded, never paid or the like.
    """
    table = ledger.table(kind, whole=True)
    rows = table.filter(table.customer_id == code).order_by(table[newest].desc()).limit(limit)
    found: list[dict[str, Any]] = rows.to_polars().to_dicts()
    counted = _counted(ledger, kind, code)
    number = _NUMBERS.get(kind, "")
    return [
        row | {"void": row.get("counted") is False or row.get(number) not in counted}
        if counted is not None
        else row | {"void": False}
        for row in found
    ]


_NUMBERS = {"orders": "order_id", "order_lines": "order_id", "returns": "return_id"}
"""The number of what may not count."""


def _counted(ledger: Ledger, kind: str, code: str) -> set[str] | None:
    """The numbers of a customer's facts that count; None where all of the kind do."""
    sold = ("orders", "order_lines")
    whole = all(ledger.count(name) == ledger.count(name, whole=True) for name in sold)
    if kind not in _NUMBERS or whole:
        return None
    table = ledger.table(kind)
    rows = table.filter(table.customer_id == code).select(_NUMBERS[kind]).distinct()
    return set(rows.to_polars()[_NUMBERS[kind]])
