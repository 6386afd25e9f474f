"""A year of leads, rules by which they are graded, and what is learned from how they ended."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.leads import versions
from kefen_crm.leads.grading import LEAD_GRADE, in_force, put_grade
from kefen_crm.leads.models import DropReason, Lead, LeadModel, Source
from kefen_crm.platform.models import RuleDocument
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from datetime import datetime

RULES: Final = [
    {"name": "转介绍且信息完整", "scope": {}, "grade": "A", "sources": "转介绍, 来电", "details": 5,
     "fade_days": 7},
    {"name": "信息完整", "scope": {}, "grade": "A", "details": 6, "fade_days": 7},
    {"name": "急单", "scope": {}, "grade": "B", "words": "急, 本月, 下周", "details": 3,
     "fade_days": 7},
    {"name": "有明确需求", "scope": {}, "grade": "B", "details": 4, "fade_days": 14},
    {"name": "能联系上", "scope": {}, "grade": "C", "details": 2, "fade_days": 30},
    {"name": "其他", "scope": {}, "grade": "D"},
]  # fmt: skip
COMPANIES: Final = (
    "苏州汇通精密机械有限公司",
    "宁波海曙五金制品厂",
    "佛山顺德永兴包装有限公司",
    "青岛蓝海船舶配件有限公司",
    "成都锦江自动化设备有限公司",
    "武汉光谷电子科技有限公司",
    "合肥庐阳工业泵业有限公司",
    "厦门同安卫浴有限公司",
    "天津滨海橡塑制品有限公司",
    "长沙岳麓环保设备有限公司",
    "东莞长安模具厂",
    "温州瓯海阀门有限公司",
)
NAMES: Final = ("陈志强", "林晓燕", "黄建国", "吴敏", "赵海涛", "孙丽", "郑凯", "冯倩")
ASKS: Final = (
    ("标准件", "本月要补一批标准件，先报价，急。", "500 件"),
    ("控制器", "新产线需要控制器 24 台，带通讯接口，请给方案和交期。", "24 台"),
    ("包装盒", "礼盒印标，十月前到货，请寄样。", "3000 个"),
    ("配件", "看看有没有兼容的配件", ""),
    ("", "发一份产品目录", ""),
)
ENDED, OPEN = 170, 26


@transaction.atomic
def demo() -> None:
    """Put the rules in force and write the leads, unless there are any."""
    people = list(User.objects.filter(role=Role.REP, is_active=True).order_by("pk"))
    if Lead.objects.exists() or not people:
        return
    if not RuleDocument.objects.filter(kind=LEAD_GRADE).exists():
        RuleDocument.objects.create(
            kind=LEAD_GRADE, version=1, document={"rules": RULES},
            state=RuleDocument.State.PUBLISHED, reason="按来源和询盘详细程度分级",
        )  # fmt: skip
    whoever_signs_in = next((one for one in people if one.username == "rep"), people[0])
    chance, now = random.Random(7), timezone.now()  # noqa: S311  # for a demo
    customers = list(Customer.objects.filter(standing__in=CURRENT).order_by("-code")[:ENDED])
    for number in range(ENDED + OPEN):
        ended = number < ENDED
        days = 10 + number * 2 if ended else chance.randrange(0, 12)
        lead = _lead(number, now - timedelta(days=days), chance)
        lead.owner = people[number % len(people)] if ended or number % 4 else None
        if not ended and number % 7 == 0:
            lead.owner = whoever_signs_in
        if ended:
            _end(lead, chance, customers, number)
        lead.save()
    _learn()


def _learn() -> None:
    """Learn what converts, and publish it where it tells something."""
    if versions.refusal():
        return
    model = LeadModel.objects.create()
    versions.learn(model.pk)
    model.refresh_from_db()
    admin = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").first()
    if admin and model.document.get("tells"):
        versions.publish(admin, model)


BY_HAND = tuple(one for one in Source.values if one != Source.FORM)
"""Sources of leads in the demo, whose forms are not open."""


def _lead(number: int, at: datetime, chance: random.Random) -> Lead:
    product, inquiry, quantity = chance.choice(ASKS)
    rich = chance.random()
    lead = Lead(
        name=chance.choice(NAMES), company=COMPANIES[number % len(COMPANIES)],
        title=chance.choice(["采购经理", "厂长", "总经理", ""]),
        phone=f"1390000{number:04d}" if rich > 0.15 else "", source=chance.choice(BY_HAND),
        inquiry=inquiry, product=product, quantity=quantity if rich > 0.3 else "",
        budget=Decimal(chance.choice([20_000, 80_000, 200_000])) if rich > 0.6 else None,
        wanted_on=(at + timedelta(days=45)).date() if rich > 0.75 else None,
        region=chance.choice(["华东", "华南", "华北", "西南"]), opened_at=at, touched_at=at,
    )  # fmt: skip
    put_grade(lead, in_force(), at)
    lead.first_grade = lead.grade
    return lead


def _end(lead: Lead, chance: random.Random, customers: list[Customer], number: int) -> None:
    """Convert a lead or drop it, better grades more often converted."""
    likely = {"A": 0.55, "B": 0.35, "C": 0.15}.get(lead.grade, 0.05)
    lead.ended_at = lead.touched_at = lead.opened_at + timedelta(days=chance.randrange(1, 9))
    if chance.random() < likely and number < len(customers):
        lead.state, lead.customer = Lead.State.CONVERTED, customers[number]
        lead.owner = customers[number].owner or lead.owner
        lead.company, lead.name = customers[number].name, customers[number].contact or lead.name
    else:
        lead.state, lead.drop_reason = Lead.State.DROPPED, chance.choice(DropReason.values)
