"""A programme for the demo: points by class, four tiers, rewards, coupons and a debt."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.loyalty import actions, coupons
from kefen_crm.loyalty.accounting import available
from kefen_crm.loyalty.landing import land
from kefen_crm.loyalty.models import Member, Operation
from kefen_crm.loyalty.programme import POINTS, REWARDS, TIERS
from kefen_crm.loyalty.tiers import refresh
from kefen_crm.platform.models import RuleDocument
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

REASON: Final = "会员制度：按等级积分，两年有效"
LOOKED_BACK: Final = timedelta(days=540)
SPENDERS: Final = 40


def demo() -> None:
    """Put the programme in force, unless there ever was one."""
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if manager is None or RuleDocument.objects.filter(kind__in=(POINTS, TIERS, REWARDS)).exists():
        return
    with transaction.atomic():
        for kind, rules in ((POINTS, _points()), (TIERS, _tiers()), (REWARDS, _rewards())):
            RuleDocument.objects.create(
                kind=kind, version=1, document={"rules": rules}, reason=REASON, by=manager,
                state=RuleDocument.State.PUBLISHED,
            )  # fmt: skip
    land()
    refresh(actions.today())
    _use(manager)


def _points() -> list[dict[str, Any]]:
    since = (timezone.now() - LOOKED_BACK).date().isoformat()
    others = {"name": "全体会员", "since": since, "per_hundred": 5, "months": 24, "cents": 20}
    scheme = leading_scheme()
    if scheme is None:
        return [others]
    best = others | {
        "name": "重点客户",
        "scope": {"scheme": scheme.name, "classes": [scheme.classes[0].key]},
        "per_hundred": 8,
    }
    return [best, others]


def _tiers() -> list[dict[str, Any]]:
    return [
        {"name": "铂金会员", "points": 8_000, "bonus": 20, "months": 12},
        {"name": "金卡会员", "points": 3_000, "bonus": 10, "months": 12},
        {"name": "银卡会员", "points": 800, "bonus": 5, "months": 12},
        {"name": "普通会员", "points": 1, "bonus": 0, "months": 12},
    ]


def _rewards() -> list[dict[str, Any]]:
    return [
        {"name": "100 元抵用券", "points": 500, "worth": 100, "days": 90},
        {"name": "500 元抵用券", "points": 2_400, "worth": 500, "days": 90},
        {"name": "上门技术培训一天", "points": 6_000, "days": 180},
    ]


def _use(manager: User) -> None:
    """Some spend, some have coupons, one returns what it had spent."""
    rich = Member.objects.filter(points__gte=600).select_related("customer").order_by("pk")
    for number, member in enumerate(rich[:SPENDERS]):
        with suppress(ValidationError):  # a till would be told so
            if number % 3 == 0:
                actions.spend(manager, member.customer, 200 + 10 * number, reason="订货抵扣")
            else:
                coupon = coupons.issue(manager, member.customer, "100 元抵用券")
                if number % 3 == 1:
                    coupons.redeem(manager, coupon.code)
    last_one = rich.filter(customer__owner__isnull=False).last()
    if last_one is None:
        return
    there = available(last_one, actions.today())
    actions.spend(manager, last_one.customer, there, reason="订货抵扣")
    earned = Operation.objects.filter(member=last_one, kind=Operation.Kind.EARNED, points__gt=0)
    if last := earned.first():
        actions.reverse(manager, last, reason="整单退货")
