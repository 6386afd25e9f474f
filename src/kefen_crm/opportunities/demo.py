"""A year of opportunities of the demo's customers, and those that are open."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.opportunities.actions import remember
from kefen_crm.opportunities.models import Opportunity, Reason
from kefen_crm.opportunities.stages import begin, stages
from kefen_crm.platform.calendar import load
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from datetime import datetime

    from kefen_crm.opportunities.models import Stage

TITLES: Final = (
    ("年度框架采购", "标准件全年供货，按月结算"),
    ("新产线配套", "三季度投产，需要成套供应"),
    ("旧设备更换", "老型号停产，需要兼容的替换件"),
    ("备件补充", "库存低于安全线"),
    ("门店扩张首批铺货", "新开门店的首批备货"),
    ("节日礼盒定制", "员工与客户礼品，需印标"),
)
COMPETITORS: Final = ("华光股份", "恒达", "本地经销商", "")
STEPS: Final = ("寄送样品", "约采购经理面谈", "补充技术参数", "提交第二版报价", "跟进合同审批")
PRODUCTS: Final = (("标准件", "18.50"), ("控制器", "2680"), ("包装盒", "3.20"), ("配件", "156"))
ENDED, OPEN, DAYS = 90, 34, 330


@transaction.atomic
def demo() -> None:
    """Write them, unless there are any."""
    begin()
    people = list(User.objects.filter(role=Role.REP, is_active=True).order_by("pk"))
    if Opportunity.objects.exists() or not people:
        return
    chance, known, now = random.Random(12), stages(), timezone.now()  # noqa: S311  # for a demo
    found = Customer.objects.filter(standing__in=CURRENT, owner__in=people).order_by(
        "-sales", "code"
    )
    customers = list(found.select_related("owner")[:300])
    if not customers or len(known) < 3:
        return
    for number in range(ENDED + OPEN):
        customer = customers[chance.randrange(len(customers))]
        ended = number < ENDED
        days = 40 + number * (DAYS - 40) // ENDED if ended else chance.randrange(3, 80)
        _opportunity(customer, known, now - timedelta(days=days), chance, now, ended=ended)


def _opportunity(
    customer: Customer,
    known: list[Stage],
    at: datetime,
    chance: random.Random,
    now: datetime,
    *,
    ended: bool,
) -> None:
    today = load().today(now)
    title, need = chance.choice(TITLES)
    product, price = chance.choice(PRODUCTS)
    quantity = chance.choice([20, 50, 120, 300])
    reached = chance.randrange(1, len(known) + 1)
    last = at + timedelta(days=chance.randrange(10, 38)) if ended else now
    one = Opportunity(
        customer=customer, title=title, stage=known[0], owner=customer.owner, by=customer.owner,
        contact=chance.choice(["采购经理", "总经理", "设备科"]), need=need,
        competitor=chance.choice(COMPETITORS), next_step=chance.choice(STEPS),
        products=[{"product": product, "quantity": str(quantity), "price": price}],
        opened_at=at, moved_at=at,
    )  # fmt: skip
    one.amount = (one.sum_of_products or Decimal(0)).quantize(Decimal("0.01"))
    ahead = chance.randrange(-10, 130)
    one.close_on = (last.date() + timedelta(days=chance.randrange(-20, 20))) if ended else (
        today + timedelta(days=ahead)
    )  # fmt: skip
    one.save()
    remember(one, at)
    step = (last - at) / (reached + 1)
    for number, stage in enumerate(known[1:reached], 1):
        one.stage, one.moved_at = stage, at + step * number
        remember(one, one.moved_at)
    if ended:
        won = chance.random() < (reached / len(known)) ** 1.3
        one.state = "won" if won else "lost"
        one.closed_on, one.moved_at = last.date(), last
        reasons = [Reason.PRODUCT, Reason.SERVICE, Reason.DELIVERY, Reason.RELATION] if won else [
            Reason.PRICE, Reason.PRICE, Reason.NEED, Reason.SILENCE, Reason.DELIVERY
        ]  # fmt: skip
        one.reason = chance.choice(reasons)
        remember(one, last)
    elif chance.random() < 0.12:
        one.waiting_until, one.waiting_for = today + timedelta(days=20), "集团采购委员会审批"
    one.save()
