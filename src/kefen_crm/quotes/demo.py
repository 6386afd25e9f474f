"""Quotes of the demo's opportunities, a letterhead, and ceilings of discount by class."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.opportunities.models import Opportunity
from kefen_crm.platform.calendar import load
from kefen_crm.platform.models import RuleDocument
from kefen_crm.quotes import actions
from kefen_crm.quotes.ceilings import DISCOUNT_CEILING, ceiling_of
from kefen_crm.quotes.models import Letterhead, Quote
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

HEAD: Final = {
    "address": "江苏省苏州市工业园区星湖街 218 号",
    "address_en": "218 Xinghu Street, Suzhou Industrial Park, Jiangsu",
    "phone": "0512-6666 8888",
    "email": "sales@huaheng.example",
    "bank": "开户行：中国银行苏州工业园区支行　账号：6222 0000 0000 0001",
    "terms": "1. 以上价格含 13% 增值税和运费。\n2. 付款：货到验收后 30 天内。\n"
    "3. 交期：合同签订后 15 个工作日。",
    "terms_en": "1. Prices include 13 % VAT and freight.\n2. Payment within 30 days of delivery.\n"
    "3. Delivery within 15 working days of the order.",
}
OFFERED: Final = (Decimal(1), Decimal("0.97"), Decimal("0.92"), Decimal("0.85"))
"""Parts of the list price, in turn."""


@transaction.atomic
def demo() -> None:
    """Write them, unless there are any."""
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if manager is None or Quote.objects.exists():
        return
    if not RuleDocument.objects.filter(kind=DISCOUNT_CEILING).exists():
        RuleDocument.objects.create(
            kind=DISCOUNT_CEILING, version=1, document={"rules": _rules()},
            state=RuleDocument.State.PUBLISHED, reason="按等级给折扣上限", by=manager,
        )  # fmt: skip
    if not Letterhead.objects.exists():
        actions.set_letterhead(manager, HEAD)
    until = load().today(timezone.now()) + timedelta(days=20)
    found = Opportunity.objects.filter(state="open", stage__position__gte=3).exclude(owner=None)
    for number, one in enumerate(found.select_related("customer", "owner").order_by("pk")[:12]):
        if one.owner is None or one.customer.owner_id != one.owner_id:
            continue
        quote = actions.make(one.owner, one.customer, _values(one, number, until))
        if actions.above(quote, ceiling_of(quote.customer)):
            actions.ask(one.owner, quote, "竞争对手报价更低，年内有追加订单")
        elif number % 4 != 3:
            actions.send(one.owner, quote)


def _values(one: Opportunity, number: int, until: Any) -> dict[str, Any]:
    part = OFFERED[number % len(OFFERED)]
    lines = [
        {"product": line["product"], "quantity": line["quantity"], "list_price": line["price"],
         "price": f"{Decimal(line['price']) * part:.2f}"}
        for line in one.products
        if line.get("price")
    ]  # fmt: skip
    return {
        "title": one.title, "contact": one.contact, "lines": lines, "valid_until": until,
        "opportunity": one,
    }  # fmt: skip


def _rules() -> list[dict[str, Any]]:
    """More for the best classes."""
    scheme = leading_scheme()
    classes = [one.key for one in scheme.classes] if scheme else []
    made: list[dict[str, Any]] = []
    for key, percent in zip(classes[:2], (10, 5), strict=False):
        scope = {"scheme": scheme.name, "classes": [key]} if scheme else {}
        made.append({"name": f"{key} 类", "scope": scope, "percent": percent})
    return [*made, {"name": "其他客户", "scope": {}, "percent": 3}]
