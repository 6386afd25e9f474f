"""Orders, refunds and customers of a Shopify shop, by the REST Admin API.

https://shopify.dev/docs/api/admin-rest/latest/resources/order
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
    day,
    document,
    following_page,
    joined,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = "2025-07"
PER_PAGE: Final = 250


def fetch(asked: Asked) -> Fetched:
    """The orders changed since, a page at a time, with their lines, refunds and customers."""
    shop = asked.settings["shop"].strip().rstrip("/")
    base = shop if "://" in shop else f"https://{shop}"
    url = asked.cursor.get("next") or f"{base}/admin/api/{VERSION}/orders.json?" + urlencode(
        {"status": "any", "limit": PER_PAGE, "order": "updated_at asc"}
        | ({"updated_at_min": asked.cursor["since"]} if asked.cursor.get("since") else {})
    )
    if not url.startswith(f"{base}/"):  # the token is told to no other host
        raise SourceError("not-read")
    told, headers = document(ask("GET", url, {"X-Shopify-Access-Token": asked.secret}))
    try:
        found = read(told["orders"], asked.settings.get("prefix", ""))
        seen = max([asked.cursor.get("seen", ""), *(one["updated_at"] for one in told["orders"])])
    except (KeyError, TypeError, ArithmeticError):
        raise SourceError("not-read") from None
    following = following_page(headers)
    since = asked.cursor.get("since", "")
    found.more = bool(following)
    found.cursor = (
        {"since": since, "next": following, "seen": seen} if following else {"since": seen or since}
    )
    return found


def read(orders: list[Mapping[str, Any]], prefix: str = "") -> Fetched:
    """What a page of orders says, as facts; `prefix` stands before the numbers of the shop."""
    found = Fetched(rows={"customers": [], "order_lines": [], "returns": []})
    for order in orders:
        customer = order.get("customer") or {}
        if order.get("test"):
            found.left_out["test"] = found.left_out.get("test", 0) + 1
        elif not customer.get("id"):
            found.left_out["no-customer"] = found.left_out.get("no-customer", 0) + 1
        else:
            code = f"{prefix}{customer['id']}"
            found.rows["customers"].append(_customer(code, customer))
            cancelled = bool(order.get("cancelled_at")) or order.get("financial_status") == "voided"
            found.rows["order_lines"] += [
                _line(code, prefix, order, number, line, cancelled=cancelled)
                for number, line in enumerate(order["line_items"], 1)
            ]
            if not cancelled:
                found.rows["returns"] += _returns(code, prefix, order)
    people = {one["customer_id"]: one for one in found.rows["customers"]}
    found.rows["customers"] = list(people.values())
    return found


def _customer(code: str, told: Mapping[str, Any]) -> dict[str, Any]:
    place = told.get("default_address") or {}
    person = joined(told.get("first_name"), told.get("last_name"))
    return {
        "customer_id": code,
        "name": place.get("company") or person or told.get("email") or code,
        "contact": person,
        "phone": told.get("phone") or place.get("phone"),
        "email": told.get("email"),
        "province": place.get("province"),
        "city": place.get("city"),
        "address": joined(place.get("address1"), place.get("address2")),
        "source_channel": "shopify",
    }


def _line(
    code: str,
    prefix: str,
    order: Mapping[str, Any],
    number: int,
    line: Mapping[str, Any],
    *,
    cancelled: bool,
) -> dict[str, Any]:
    quantity = Decimal(str(line["quantity"]))
    off = sum(
        (Decimal(str(one["amount"])) for one in line.get("discount_allocations") or ()), Decimal(0)
    )
    return {
        "order_id": f"{prefix}{order['id']}",
        "line_no": number,
        "customer_id": code,
        "ordered_on": day(order["created_at"]),
        "amount": str(Decimal(str(line["price"])) * quantity - off),
        "product_id": line.get("sku")
        or str(line.get("variant_id") or line.get("product_id") or ""),
        "product_name": line.get("title") or line.get("name"),
        "brand": line.get("vendor"),
        "quantity": str(quantity),
        "discount": str(off),
        "channel": order.get("source_name") or "shopify",
        "status": "cancelled" if cancelled else "completed",
        "currency": order.get("currency"),
    }


def _returns(code: str, prefix: str, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "return_id": f"{prefix}{refund['id']}-{line['id']}",
            "customer_id": code,
            "returned_on": day(refund["created_at"]),
            "amount": str(Decimal(str(line["subtotal"]))),
            "order_id": f"{prefix}{order['id']}",
            "reason": refund.get("note"),
            "currency": order.get("currency"),
        }
        for refund in order.get("refunds") or ()
        for line in refund.get("refund_line_items") or ()
    ]


SOURCE = Source(
    name="shopify",
    title="Shopify",
    text=_("Orders, refunds and customers of a shop"),
    icon="brand-shopee",
    fetch=fetch,
    settings=(
        Setting("shop", _("Shop"), placeholder="example.myshopify.com"),
        Setting(
            "prefix",
            _("Prefix"),
            _("Stands before the shop's numbers, where those of another source could be the same."),
            required=False,
            placeholder="S-",
        ),
    ),
    secret=_("Admin API access token"),
    secret_help=_("Of an app of the shop that may read orders and customers."),
)
