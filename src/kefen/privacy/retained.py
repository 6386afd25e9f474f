"""What is kept of an erased customer's facts, column by column: enough for books and totals.

Dates, money and numbers stay, and words that tell of the goods, the way and the seller. What tells
of the person goes: names, addresses, dates of birth, remarks, numbers from outside.
"""

from __future__ import annotations

from typing import Final

from kefen.ledger.facts import KINDS

PERSONAL: Final[dict[str, frozenset[str]]] = {
    "customers": frozenset(
        [
            "name",
            "phone",
            "email",
            "contact",
            "address",
            "founded_on",
            "birthday",
            "note",
            "attributes",
        ]
    ),
    "contacts": frozenset(["name", "title", "role", "phone", "email", "birthday", "note"]),
    "orders": frozenset({"note"}),
    "order_lines": frozenset(),
    "returns": frozenset({"reason"}),
    "invoices": frozenset(),
    "payments": frozenset(),
    "interactions": frozenset({"topic", "note"}),
    "feedback": frozenset({"topic", "note"}),
}
"""The columns of each kind that are emptied; of `attributes` stays what many others share."""
KEPT_WORDS: Final[dict[str, frozenset[str]]] = {
    "customers": frozenset(
        [
            "customer_id",
            "region",
            "province",
            "city",
            "industry",
            "size",
            "customer_type",
            "owner",
            "source_channel",
            "status",
        ]
    ),
    "contacts": frozenset({"contact_id", "customer_id"}),
    "orders": frozenset(["order_id", "customer_id", "channel", "salesperson", "status"]),
    "order_lines": frozenset(
        [
            "order_id",
            "customer_id",
            "product_id",
            "product_name",
            "category",
            "brand",
            "specification",
            "channel",
            "salesperson",
            "status",
        ]
    ),
    "returns": frozenset(["return_id", "customer_id", "order_id", "product_id"]),
    "invoices": frozenset(["invoice_id", "customer_id", "order_id"]),
    "payments": frozenset(["payment_id", "customer_id", "invoice_id", "method"]),
    "interactions": frozenset(["interaction_id", "customer_id", "type", "direction", "by"]),
    "feedback": frozenset(["feedback_id", "customer_id", "type", "status"]),
}
"""The columns of words that stay; where one holds a trace of the person it is emptied, too."""
ALIASED: Final = frozenset({"contacts", "interactions", "feedback"})
"""Kinds whose own numbers are replaced; numbers of orders, invoices, payments are for the books."""
FREE_TEXT: Final = frozenset(["note", "topic", "reason", "attributes", "title", "role"])
"""Columns in which rows of others may speak of the person: there the trace alone goes."""
EVERYWHERE: Final = frozenset.union(*PERSONAL.values())
"""What is emptied in tables that are of no kind, such as the classes of a run."""
BOOKS: Final = ("orders", "order_lines", "returns", "invoices", "payments")
"""The kinds that bookkeeping rules say are to be kept."""


def speaks_of_people(kind: str, column: str) -> bool:
    """Whether a column may speak of somebody who is no customer; names of customers do not."""
    return column in PERSONAL[kind] | FREE_TEXT and (kind, column) != ("customers", "name")


def unclassified() -> list[str]:
    """Columns of words of which it is not said whether they stay: there must be none."""
    return [
        f"{kind.name}.{column.name}"
        for kind in KINDS.values()
        for column in kind.stored
        if column.type == "text" and column.name not in PERSONAL[kind.name] | KEPT_WORDS[kind.name]
    ]
