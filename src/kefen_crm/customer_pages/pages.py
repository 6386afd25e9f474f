"""What the page of one customer shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kefen_crm.customer_pages.figures import cell, profile
from kefen_crm.gateway.classes import explained
from kefen_crm.gateway.kinds import labels
from kefen_crm.gateway.ledger import newest_version, opened
from kefen_crm.gateway.sales import facts_of
from kefen_crm.grading.freshness import freshness
from kefen_crm.grading.models import CustomerClass

if TYPE_CHECKING:
    from kefen_crm.customer_pages.figures import Cell
    from kefen_crm.customers.models import Customer
    from kefen_crm.gateway.ledger import Ledger

LISTED = 100
COLUMNS = {
    "order_lines": (
        "ordered_on", "order_id", "product_name", "category", "quantity", "amount", "channel",
        "status",
    ),
    "orders": ("ordered_on", "order_id", "amount", "channel", "salesperson", "status"),
    "returns": ("returned_on", "return_id", "order_id", "amount", "reason"),
    "invoices": ("issued_on", "invoice_id", "due_on", "amount", "order_id"),
    "payments": ("paid_on", "payment_id", "invoice_id", "amount", "method"),
    "interactions": ("happened_on", "type", "direction", "responded", "topic", "by", "note"),
    "feedback": ("given_on", "type", "score", "status", "resolved_on", "topic", "note"),
}  # fmt: skip
"""The kinds of fact on the page and their columns; each is listed newest first by its date."""


@dataclass(frozen=True)
class Heading:
    title: str
    money: bool


@dataclass(frozen=True)
class Row:
    """One fact; `void` says that no figure includes it."""

    cells: list[Cell]
    void: bool


@dataclass(frozen=True)
class Tab:
    """One kind of fact; `more` says that only the newest are here."""

    kind: str
    title: str
    columns: list[Heading]
    rows: list[Row]
    more: bool


def read(customer: Customer) -> dict[str, Any]:
    """Basics, figures, classes with their explanation, and the newest facts of each kind."""
    graded = list(
        CustomerClass.objects.filter(customer=customer)
        .select_related("scheme__current", "scheme__schedule", "run__version", "override__by")
        .order_by("scheme__position", "scheme__name")
    )
    with opened() as ledger:
        tabs = [_tab(ledger, kind, customer.code) for kind in COLUMNS]
        contacts = facts_of(ledger, "contacts", customer.code, "is_primary", LISTED)
        reasons = explained(ledger, customer.code, [one.run.engine_id for one in graded])
    newest = newest_version()
    return {
        "profile": profile(customer),
        "classes": [
            {
                "graded": one,
                "reason": reasons.get(one.run.engine_id),
                "fresh": freshness(one.scheme, one.run, newest),
            }
            for one in graded
        ],
        "contacts": contacts,
        "tabs": [tab for tab in tabs if tab.rows] or tabs[:1],
    }


def _tab(ledger: Ledger, kind: str, code: str) -> Tab:
    names = COLUMNS[kind]
    found = facts_of(ledger, kind, code, names[0], LISTED + 1)
    title, columns = labels(kind)
    return Tab(
        kind,
        title,
        [Heading(columns[name], name == "amount") for name in names],
        [Row([cell(name, row[name]) for name in names], row["void"]) for row in found[:LISTED]],
        more=len(found) > LISTED,
    )
