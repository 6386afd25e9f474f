"""Orders, refunds and customers of a WooCommerce shop, by its REST API v3.

https://woocommerce.github.io/woocommerce-rest-api-docs/#orders
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.sources.base import (
    Asked,
    Fetched,
    Setting,
    Source,
    SourceError,
    ask,
    basic,
    day,
    document,
    joined,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PER_PAGE: Final = 100
COUNTED: Final = frozenset({"processing", "completed", "on-hold", "refunded"})
CANCELLED: Final = frozenset({"cancelled", "failed", "trash"})


def fetch(asked: Asked) -> Fetched:
    """The orders changed since, a page at a time, with their lines, refunds and customers."""
    base = asked.settings["url"].strip().rstrip("/") + "/wp-json/wc/v3"
    headers = basic(asked.settings["key"], asked.secret)
    page, since = int(asked.cursor.get("page", 1)), asked.cursor.get("since", "")
    query = {"per_page": PER_PAGE, "page": page, "orderby": "id", "order": "asc"}
    if since:
        query |= {"modified_after": since, "dates_are_gmt": "true"}
    orders, told = document(ask("GET", f"{base}/orders?{urlencode(query)}", headers))
    try:
        found = read(
            orders,
            lambda order: document(ask("GET", f"{base}/orders/{order}/refunds", headers))[0],
            asked.settings.get("prefix", ""),
        )
        seen = max([asked.cursor.get("seen", ""), *(one["date_modified_gmt"] for one in orders)])
        found.more = page < int(told.get("x-wp-totalpages", "1") or 1)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise SourceError("not-read") from None
    found.cursor = (
        {"since": since, "page": page + 1, "seen": seen} if found.more else {"since": seen or since}
    )
    return found


def read(
    orders: list[Mapping[str, Any]], refunds_of: Callable[[int], Any], prefix: str = ""
) -> Fetched:
    """What a page of orders says, as facts; an order that is not paid for yet is left out."""
    found = Fetched(rows={"order_lines": [], "returns": []})
    people: dict[str, dict[str, Any]] = {}
    for order in orders:
        code = _code(order, prefix)
        if order["status"] not in COUNTED | CANCELLED:
            found.left_out["unpaid"] = found.left_out.get("unpaid", 0) + 1
        elif not code:
            found.left_out["no-customer"] = found.left_out.get("no-customer", 0) + 1
        else:
            people[code] = _customer(code, order.get("billing") or {})
            found.rows["order_lines"] += [
                _line(code, prefix, order, number, line)
                for number, line in enumerate(order["line_items"], 1)
            ]
            if order.get("refunds") and order["status"] in COUNTED:
                found.rows["returns"] += [
                    _return(code, prefix, order, one) for one in refunds_of(order["id"])
                ]
    found.rows = {"customers": list(people.values()), **found.rows}
    return found


def _code(order: Mapping[str, Any], prefix: str) -> str:
    """Who ordered: a customer of the shop, else a guest by e-mail."""
    if order.get("customer_id"):
        return f"{prefix}{order['customer_id']}"
    mail = str((order.get("billing") or {}).get("email") or "").strip().lower()
    return f"{prefix}{mail}" if mail else ""


def _customer(code: str, told: Mapping[str, Any]) -> dict[str, Any]:
    person = joined(told.get("first_name"), told.get("last_name"))
    return {
        "customer_id": code,
        "name": told.get("company") or person or told.get("email") or code,
        "contact": person,
        "phone": told.get("phone"),
        "email": told.get("email"),
        "province": told.get("state"),
        "city": told.get("city"),
        "address": joined(told.get("address_1"), told.get("address_2")),
        "source_channel": "woocommerce",
    }


def _line(
    code: str, prefix: str, order: Mapping[str, Any], number: int, line: Mapping[str, Any]
) -> dict[str, Any]:
    before, paid = Decimal(str(line["subtotal"])), Decimal(str(line["total"]))
    return {
        "order_id": f"{prefix}{order['id']}",
        "line_no": number,
        "customer_id": code,
        "ordered_on": day(order["date_created"]),
        "amount": str(paid),
        "product_id": line.get("sku") or str(line.get("variation_id") or line.get("product_id")),
        "product_name": line.get("name"),
        "quantity": str(line["quantity"]),
        "discount": str(before - paid),
        "channel": "woocommerce",
        "status": "cancelled" if order["status"] in CANCELLED else "completed",
        "currency": order.get("currency"),
    }


def _return(
    code: str, prefix: str, order: Mapping[str, Any], refund: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "return_id": f"{prefix}{refund['id']}",
        "customer_id": code,
        "returned_on": day(refund["date_created"]),
        "amount": str(abs(Decimal(str(refund["amount"])))),
        "order_id": f"{prefix}{order['id']}",
        "reason": refund.get("reason"),
        "currency": order.get("currency"),
    }


SOURCE = Source(
    name="woocommerce",
    title="WooCommerce",
    text=_("Orders, refunds and customers of a shop"),
    icon="shopping-cart",
    fetch=fetch,
    settings=(
        Setting("url", _("Address of the shop"), placeholder="https://", url=True),
        Setting("key", _("Consumer key"), placeholder="ck_…"),
        Setting(
            "prefix",
            _("Prefix"),
            _("Stands before the shop's numbers, where those of another source could be the same."),
            required=False,
            placeholder="W-",
        ),
    ),
    secret=_("Consumer secret"),
    secret_help=_(
        "Of a key that may read; WooCommerce makes it under Settings, Advanced, REST API."
    ),
)
