"""Orders and buyers of a Youzan shop (有赞), by its open platform.

https://doc.youzanyun.com/resource/develop-guide/41355/41510
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

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
    from collections.abc import Iterable, Mapping

BASE: Final = "https://open.youzanyun.com"
ORDERS: Final = "/api/youzan.trades.sold.get/4.0.4"
PER_PAGE: Final = 100
SPAN: Final = timedelta(days=30)
"""So long a time is asked for at once."""
FIRST: Final = timedelta(days=730)
"""So far back the first fetch begins."""
ZONE: Final = ZoneInfo("Asia/Shanghai")
FORM: Final = "%Y-%m-%d %H:%M:%S"
UNPAID: Final = frozenset({"WAIT_BUYER_PAY", "WAIT_CONFIRM", "TRADE_CREATED"})
CANCELLED: Final = "TRADE_CLOSED"


def fetch(asked: Asked) -> Fetched:
    """The orders changed since, a page at a time, month by month."""
    base = asked.settings.get("base", "").strip().rstrip("/") or BASE
    token = _token(asked, base)
    now = datetime.now(ZONE).replace(microsecond=0, tzinfo=None)
    since = asked.cursor.get("since") or (now - FIRST).strftime(FORM)
    until = asked.cursor.get("until") or min(_moment(since) + SPAN, now).strftime(FORM)
    page = int(asked.cursor.get("page", 1))
    wanted = {"start_update": since, "end_update": until, "page_no": page, "page_size": PER_PAGE}
    told = _asked(f"{base}{ORDERS}?access_token={token}", wanted)
    try:
        listed = [one["full_order_info"] for one in told["full_order_info_list"] or []]
        found = read(listed, asked.settings.get("prefix", ""))
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise SourceError("not-read") from None
    if len(listed) == PER_PAGE:
        found.cursor, found.more = {"since": since, "until": until, "page": page + 1}, True
    else:
        found.cursor, found.more = {"since": until}, _moment(until) < now
    return found


def read(orders: Iterable[Mapping[str, Any]], prefix: str) -> Fetched:
    """What a page of orders says, as facts; one that is not paid for yet is left out."""
    found = Fetched(rows={"order_lines": []})
    people: dict[str, dict[str, Any]] = {}
    for one in orders:
        about, buyer = one["order_info"], one.get("buyer_info") or {}
        who = str(buyer.get("yz_open_id") or buyer.get("buyer_phone") or "")
        if about["status"] in UNPAID:
            found.left_out["unpaid"] = found.left_out.get("unpaid", 0) + 1
        elif not who:
            found.left_out["no-customer"] = found.left_out.get("no-customer", 0) + 1
        else:
            code = f"{prefix}{who}"
            people[code] = {
                "customer_id": code,
                "name": buyer.get("fans_nickname") or buyer.get("buyer_phone") or code,
                "phone": buyer.get("buyer_phone"),
                "source_channel": "youzan",
            }
            found.rows["order_lines"] += [
                _line(code, prefix, about, number, line)
                for number, line in enumerate(one["orders"], 1)
            ]
    found.rows = {"customers": list(people.values()), **found.rows}
    return found


def _line(
    code: str, prefix: str, about: Mapping[str, Any], number: int, line: Mapping[str, Any]
) -> dict[str, Any]:
    before, paid = Decimal(str(line["total_fee"])), Decimal(str(line["payment"]))
    return {
        "order_id": f"{prefix}{about['tid']}",
        "line_no": number,
        "customer_id": code,
        "ordered_on": day(about["created"]),
        "amount": str(paid),
        "product_id": line.get("outer_sku_id") or line.get("outer_item_id") or line.get("item_id"),
        "product_name": line.get("title"),
        "quantity": str(line["num"]),
        "discount": str(max(before - paid, Decimal(0))),
        "channel": "youzan",
        "status": "cancelled" if about["status"] == CANCELLED else "completed",
    }


def _token(asked: Asked, base: str) -> str:
    given = {
        "client_id": asked.settings["client"].strip(),
        "client_secret": asked.secret,
        "authorize_type": "silent",
        "grant_id": asked.settings["shop"].strip(),
        "refresh": False,
    }
    told = _asked(f"{base}/auth/token", given)
    token = told.get("access_token") if isinstance(told, dict) else None
    if not token:
        raise SourceError("not-read")
    return str(token)


def _asked(url: str, given: Mapping[str, Any]) -> Any:
    """The data of an answer, which tells in its body whether it is one."""
    headers = {"Content-Type": "application/json"}
    told, _headers = document(ask("POST", url, headers, json.dumps(given).encode()))
    if not isinstance(told, dict):
        raise SourceError("not-read")
    if refused := told.get("gw_err_resp"):
        raise SourceError("sign-in", status=refused.get("err_code"))
    if not told.get("success"):
        raise SourceError("status", status=told.get("code"))
    return told.get("data") or {}


def _moment(text: str) -> datetime:
    return datetime.strptime(text, FORM)  # noqa: DTZ007  # of the shop's zone, as it writes them


SOURCE = Source(
    name="youzan",
    title=_("Youzan"),
    text=_("Orders with lines, and their buyers"),
    icon="building-store",
    fetch=fetch,
    settings=(
        Setting("client", _("Application ID")),
        Setting("shop", _("Number of the shop (kdt_id)")),
        Setting(
            "prefix",
            _("Prefix"),
            _("Stands before the numbers, where those of another source could be the same."),
            required=False,
            placeholder="Y-",
        ),
        Setting("base", _("Address"), required=False, placeholder=BASE, url=True),
    ),
    secret=_("Application secret"),
)
