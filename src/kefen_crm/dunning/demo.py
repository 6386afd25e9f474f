"""A policy for the demo's customers, what it proposes, and a few letters that were sent before."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.dunning.models import Level, Step
from kefen_crm.dunning.policy import POLICY
from kefen_crm.dunning.proposing import propose
from kefen_crm.gateway.debts import payments_since
from kefen_crm.grading.by_class import some_of_each
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import load
from kefen_crm.platform.models import RuleDocument
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

EACH: Final = 30
"""Letters to each class that were sent before."""
REASON: Final = "A 类客户先致电，其余按期催收"


@transaction.atomic
def demo() -> None:
    """Put it in force, unless any policy ever was."""
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if manager is None or RuleDocument.objects.filter(kind=POLICY).exists():
        return
    RuleDocument.objects.create(
        kind=POLICY,
        version=1,
        document={"rules": _rules()},
        state=RuleDocument.State.PUBLISHED,
        reason=REASON,
        by=manager,
    )
    if rules.in_force(POLICY) and not Step.objects.exists():
        propose()
        _sent(manager)


def _sent(manager: User) -> None:
    """Letters of the last year: the better the class, the sooner money followed."""
    chance, today = random.Random(5), load().today(timezone.now())  # noqa: S311  # for a demo
    payers = Customer.objects.filter(standing__in=CURRENT, payer__isnull=False).order_by("name")
    taken = some_of_each(payers, leading_scheme(), EACH)
    keys = list(dict.fromkeys(key for key, _one in taken))
    paid: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    begin, end = today - timedelta(days=350), today - timedelta(days=35)
    for code, day, amount in payments_since({one.code for _key, one in taken}, begin):
        paid[code].append((day, amount))
    for key, customer in taken:
        rank = keys.index(key)
        on = end - timedelta(days=chance.randrange(300))
        amount = Decimal(chance.randrange(10, 300) * 100)
        answers = [one for one in paid[customer.code] if begin < one[0] <= end]
        if answers and chance.random() < 0.9 - 0.25 * rank:
            day, amount = chance.choice(answers)
            on = day - timedelta(days=chance.randrange(1, 6 + 7 * rank))
        made = Step.objects.create(
            customer=customer, level=Level.REMINDER, state=Step.State.DONE,
            channel=Step.Channel.PRINT, rule="其他客户", language="zh", proposed_on=on,
            amount=max(amount, Decimal(100)), days_late=chance.randrange(7, 40),
            approved_by=manager,
        )  # fmt: skip
        at = datetime.combine(on, time(10), timezone.get_current_timezone())
        Step.objects.filter(pk=made.pk).update(moved_at=at, proposed_at=at)


def _rules() -> list[dict[str, Any]]:
    """The best class is called before it is written to; the others are written to first."""
    plain = {"quiet_days": 7, "minimum": 100, "language": "zh"}
    others = {
        "name": "其他客户",
        "reminder": 7,
        "second": 21,
        "final": 45,
        "call": 60,
        "hold": 120,
        **plain,
    }
    scheme = leading_scheme()
    if scheme is None:
        return [others]
    best = {
        "name": "重点客户",
        "scope": {"scheme": scheme.name, "classes": [scheme.classes[0].key]},
        "reminder": 15, "second": 40, "final": 0, "call": 3,
    }  # fmt: skip
    return [{**best, **plain}, others]
