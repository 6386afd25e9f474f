"""Customers and sales orders of Kingdee K3Cloud (金蝶云星空), by its WebAPI.

Signed in by `LoginByAppSecret` as a third party's application; read by `ExecuteBillQuery`, whose
answer is a list of rows, each a list in the order of the fields.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

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
)

if TYPE_CHECKING:
    from collections.abc import Sequence

STUB: Final = "Kingdee.BOS.WebApi.ServicesStub"
LOGIN: Final = f"{STUB}.AuthService.LoginByAppSecret.common.kdsvc"
QUERY: Final = f"{STUB}.DynamicFormService.ExecuteBillQuery.common.kdsvc"
CHINESE: Final = 2052
PER_PAGE: Final = 2_000
APPROVED: Final = "FDocumentStatus = 'C'"
CANCELLED: Final = "B"

CUSTOMERS: Final = ("FNumber", "FName", "FTEL", "FADDRESS", "FCreateDate", "FModifyDate")
ORDERS: Final = (
    "FBillNo",
    "FSaleOrderEntry_FSeq",
    "FCustId.FNumber",
    "FCustId.FName",
    "FDate",
    "FAllAmount",
    "FQty",
    "FMaterialId.FNumber",
    "FMaterialId.FName",
    "FCancelStatus",
    "FModifyDate",
)
FORMS: Final = {
    "customers": ("BD_Customer", CUSTOMERS, "FNumber"),
    "orders": ("SAL_SaleOrder", ORDERS, "FID, FSaleOrderEntry_FSeq"),
}
"""Of each stage: the form, its fields, and the order that pages keep."""


def fetch(asked: Asked) -> Fetched:
    """What was changed since: first all customers, then the orders with their lines, by pages."""
    base = asked.settings["url"].strip().rstrip("/")
    headers = {"Content-Type": "application/json", "kdservice-sessionid": _signed_in(asked, base)}
    stage, start = asked.cursor.get("stage", "customers"), int(asked.cursor.get("start", 0))
    known, seen = dict(asked.cursor.get("since") or {}), asked.cursor.get("seen", "")
    since = known.get(stage, "")
    form, fields, order = FORMS[stage]
    wanted = {
        "FormId": form,
        "FieldKeys": ",".join(fields),
        "FilterString": APPROVED + (f" and FModifyDate >= '{since}'" if since else ""),
        "OrderString": order,
        "TopRowCount": 0,
        "StartRow": start,
        "Limit": PER_PAGE,
    }
    body = json.dumps({"parameters": [json.dumps(wanted)]}).encode()
    told, _headers = document(ask("POST", f"{base}/{QUERY}", headers, body))
    rows = _rows(told, len(fields))
    full = len(rows) == PER_PAGE
    if full and stage == "orders":  # an order's lines land together
        whole = [one for one in rows if one[0] != rows[-1][0]]
        rows = whole or rows
    prefix = asked.settings.get("prefix", "")
    try:
        read = customers if stage == "customers" else order_lines
        found = Fetched(rows=read(rows, prefix))
        seen = max([seen, *(str(one[-1])[:19] for one in rows if one[-1])])
    except (TypeError, ValueError, ArithmeticError):
        raise SourceError("not-read") from None
    if full:
        at = {"stage": stage, "start": start + len(rows), "seen": seen}
        found.cursor, found.more = {"since": known, **at}, True
        return found
    known[stage] = seen or since
    found.cursor = {"since": known}
    if stage == "customers":
        found.cursor["stage"], found.more = "orders", True
    return found


def customers(rows: Sequence[Sequence[Any]], prefix: str) -> dict[str, list[dict[str, Any]]]:
    """A page of customers as facts."""
    return {
        "customers": [
            {
                "customer_id": f"{prefix}{number}",
                "name": name or number,
                "phone": phone,
                "address": address,
                "registered_on": day(made),
                "source_channel": "kingdee",
            }
            for number, name, phone, address, made, _changed in rows
        ]
    }


def order_lines(rows: Sequence[Sequence[Any]], prefix: str) -> dict[str, list[dict[str, Any]]]:
    """A page of the lines of orders as facts, with who ordered."""
    people: dict[str, dict[str, Any]] = {}
    lines = []
    for number, line, customer, name, on, amount, count, product, called, state, _at in rows:
        code = f"{prefix}{customer}"
        people[code] = {"customer_id": code, "name": name or customer}
        lines.append(
            {
                "order_id": f"{prefix}{number}",
                "line_no": int(line),
                "customer_id": code,
                "ordered_on": day(on),
                "amount": str(Decimal(str(amount))),
                "product_id": product,
                "product_name": called,
                "quantity": str(Decimal(str(count))),
                "channel": "kingdee",
                "status": "cancelled" if state == CANCELLED else "completed",
            }
        )
    return {"customers": list(people.values()), "order_lines": lines}


def _signed_in(asked: Asked, base: str) -> str:
    """The number of a session."""
    known = asked.settings
    given = {
        "acctid": known["account"].strip(),
        "username": known["user"].strip(),
        "appid": known["app"].strip(),
        "appsecret": asked.secret,
        "lcid": CHINESE,
    }
    headers = {"Content-Type": "application/json"}
    answer = ask("POST", f"{base}/{LOGIN}", headers, json.dumps(given).encode())
    told, _headers = document(answer)
    if not isinstance(told, dict):
        raise SourceError("not-read")
    if told.get("LoginResultType") != 1 or not told.get("KDSVCSessionId"):
        raise SourceError("sign-in", status=told.get("LoginResultType"))
    return str(told["KDSVCSessionId"])


def _rows(told: Any, width: int) -> list[list[Any]]:
    """The rows of an answer; a refusal comes as a row with a `Result`."""
    try:
        if told and isinstance(told[0][0], dict):
            status = told[0][0]["Result"]["ResponseStatus"]
            raise SourceError("status", status=status.get("ErrorCode"))
        if any(len(one) != width for one in told):
            raise SourceError("not-read")
    except (KeyError, TypeError, IndexError):
        raise SourceError("not-read") from None
    return list(told)


SOURCE = Source(
    name="kingdee",
    title=_("Kingdee K3Cloud"),
    text=_("Customers and approved sales orders with lines"),
    icon="building-bank",
    fetch=fetch,
    settings=(
        Setting("url", _("Address"), placeholder="https://erp.example.com/K3Cloud", url=True),
        Setting("account", _("Data center (acctID)")),
        Setting("user", _("User name")),
        Setting("app", _("Application ID")),
        Setting(
            "prefix",
            _("Prefix"),
            _("Stands before the numbers, where those of another source could be the same."),
            required=False,
            placeholder="K-",
        ),
    ),
    secret=_("Application secret"),
)
