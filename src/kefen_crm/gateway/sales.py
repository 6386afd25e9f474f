"""What customers bought, straight from the ledger, for lists and the customer's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from kefen.pictures.months import monthly_of
from kefen_crm.gateway.ledger import opened
from kefen_crm.gateway.one_customer import reader_of

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@dataclass(frozen=True)
class Numbered:
    """An order or an invoice, by the number it has; the day and the amount where they are known."""

    kind: str
    number: str
    customer: str
    on: date | None
    amount: Any


def documents_numbered(number: str) -> list[Numbered]:
    """The orders and invoices of this number, as it is written."""
    found: dict[tuple[str, str], Numbered] = {}
    with reader_of() as reader:
        rows = reader.numbered(
            {kind: ("customer_id", "amount", on) for kind, on in _DAYS.items()}, number, _FEW
        )
    for kind, on in _DAYS.items():
        shown = "orders" if kind == "order_lines" else kind
        for row in rows[kind]:
            # Of an order that came as lines, no line's amount is the order's.
            money = None if kind == "order_lines" else row["amount"]
            told = Numbered(shown, number, row["customer_id"], row[on], money)
            found.setdefault((shown, told.customer), told)
    return list(found.values())


_DAYS = {"orders": "ordered_on", "order_lines": "ordered_on", "invoices": "issued_on"}
"""The kinds of fact that are looked for by their numbers, and the columns of their days."""


def purchases_by_month(code: str, months: int = 24) -> dict[str, Any]:
    """The picture of a customer's monthly purchases."""
    with reader_of(code) as reader:
        return monthly_of(reader, months)


def facts_of(code: str, kinds: Mapping[str, str], most: int) -> dict[str, list[dict[str, Any]]]:
    """The facts about a customer by kind, `most` of each, the newest first by the column given.

    `void` of each tells that it does not count: it was cancelled, refunded, never paid or the like.
    """
    with reader_of(code) as reader:
        return reader.newest(kinds, most)
