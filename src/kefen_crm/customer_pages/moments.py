"""What the ledger says happened, on the timeline of a customer: orders, payments, complaints."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy

from kefen_crm.customer_pages.pages import COLUMNS, LISTED, authored, newest
from kefen_crm.gateway.kinds import as_given, key_of
from kefen_crm.gateway.sales import facts_of
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import Moment, Moments
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.parts import LedgerFeed, Text

    Facts = dict[str, list[dict[str, Any]]]

ORDERS: Final = gettext_lazy("Orders")
MONEY: Final = gettext_lazy("Payments")
TALK: Final = gettext_lazy("Conversations")
FEEDBACK: Final = gettext_lazy("Complaints and feedback")
SHOWN: Final[dict[str, tuple[Text, str, Text, tuple[str, ...]]]] = {
    "orders": (gettext_lazy("Order"), "shopping-cart", ORDERS, ("channel", "status")),
    "order_lines": (gettext_lazy("Order"), "shopping-cart", ORDERS, ("status",)),
    "returns": (gettext_lazy("Return"), "truck-return", ORDERS, ("reason",)),
    "invoices": (gettext_lazy("Invoice"), "file-invoice", MONEY, ()),
    "payments": (gettext_lazy("Payment"), "cash", MONEY, ("method",)),
    "interactions": (gettext_lazy("Conversation"), "message", TALK, ("type", "topic", "note")),
    "feedback": (
        gettext_lazy("Feedback"),
        "message-star",
        FEEDBACK,
        ("type", "score", "topic", "note"),
    ),
}
"""How each kind of fact is shown: title, icon, group, and the columns of its line."""
OLDEST: Final = 2_000
"""Facts of a kind that older pages look through."""


def _read(
    request: HttpRequest, customer: Customer, before: datetime | None, _most: int
) -> Iterator[Moment]:
    """The facts of a customer, but for those that events of the site show already."""
    own = {(fact.kind, fact.number) for fact in authored(request, customer)}
    for kind, rows in _facts(request, customer, before).items():
        key, feeds = key_of(kind), feeds_of(kind)
        shown = [
            row
            for row in rows
            if (kind, row[key]) not in own and not by_event(feeds, str(row[key] or ""))
        ]
        yield from _each(kind, _orders(shown) if kind == "order_lines" else shown)


def feeds_of(kind: str) -> list[LedgerFeed]:
    """The apps that tell facts of a kind."""
    return [feed for feed in declared("feeds") if feed.kind == kind]


def by_event(feeds: Iterable[LedgerFeed], number: str) -> bool:
    """Whether a fact came from the site, where its event is on the timeline already."""
    return any(feed.numbered(number) for feed in feeds)


def _facts(request: HttpRequest, customer: Customer, before: datetime | None) -> Facts:
    if before is None:
        found = dict(newest(request, customer))
    else:
        columns = {kind: COLUMNS[kind][0] for kind in SHOWN}
        found = facts_of(customer.code, columns, OLDEST)
    if found.get("orders"):  # each order has its line already
        numbers_known = {row["order_id"] for row in found["orders"]}
        lines = found.get("order_lines", ())
        found["order_lines"] = [one for one in lines if one["order_id"] not in numbers_known]
    if before is None and len(found.get("order_lines", ())) > LISTED:
        # The last order may not be whole.
        last = found["order_lines"][-1]["order_id"]
        found["order_lines"] = [one for one in found["order_lines"] if one["order_id"] != last]
    return {kind: rows for kind, rows in found.items() if kind in SHOWN}


def _orders(lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row for all lines of an order."""
    by_order: dict[Any, list[dict[str, Any]]] = {}
    for one in lines:
        by_order.setdefault((one["ordered_on"], one["order_id"]), []).append(one)
    for these in by_order.values():
        amounts = [one["amount"] for one in these if one["amount"] is not None]
        names = list(dict.fromkeys(str(one["product_name"] or "") for one in these))
        yield these[0] | {
            "amount": sum(amounts, Decimal(0)) if amounts else None,
            "void": all(one["void"] for one in these),
            "status": ", ".join(one for one in names[:3] if one) + (" …" if names[3:] else ""),
        }


def _each(kind: str, rows: Iterable[dict[str, Any]]) -> Iterator[Moment]:
    title, icon, group, _names = SHOWN[kind]
    number, day = key_of(kind), COLUMNS[kind][0]
    for row in rows:
        if isinstance(row[day], date):
            yield Moment(
                at=timezone.make_aware(datetime.combine(row[day], time())),
                key=f"{kind} {row[number]}",
                title=title,
                icon=icon,
                group=group,
                detail=_detail(kind, row),
                day_alone=True,
                void=bool(row.get("void")),
            )


def _told(kind: str, row: dict[str, Any]) -> str:
    """What the line of a fact says."""
    number, names = key_of(kind), SHOWN[kind][3]
    told = [as_given(number, row[number])] if kind not in ("interactions", "feedback") else []
    if row.get("amount") is not None:
        told.append(numbers.money_full(row["amount"]))
    told += [row.get(name) for name in names]
    if kind == "feedback" and row.get("status"):
        told.append(row["status"])
    return " · ".join(str(one) for one in told if one not in (None, "", "–"))


_detail = lazy(_told, str)
"""As `_told`, of those lines only that are shown in the end."""


MOMENTS: Final = (Moments((ORDERS, MONEY, TALK, FEEDBACK), _read),)
