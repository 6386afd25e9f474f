"""Needs of the demo company, and what customers told of them."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.needs.actions import save_talk
from kefen_crm.needs.models import Need
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

NEEDS: Final = (
    ("价格优先", "Low prices"), ("交期稳定", "Reliable delivery"),
    ("质量追溯", "Traceable quality"), ("技术支持", "Technical support"),
    ("小批量定制", "Small custom lots"),
)  # fmt: skip
TALKS: Final = 24


@transaction.atomic
def demo() -> None:
    """List them and note the talks, unless there are any."""
    by = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if Need.objects.exists() or by is None:
        return
    needs = [Need.objects.create(title_zh=zh, title_en=en) for zh, en in NEEDS]
    chance, today = random.Random(31), timezone.localdate()  # noqa: S311  # for a demo
    found = Customer.objects.filter(standing__in=CURRENT, sales__gt=0).order_by("-sales", "code")
    customers = list(found[:200])
    for number in range(min(TALKS, len(customers) // 4)):
        group = number % 6 == 5
        said = chance.sample(needs, 2)
        save_talk(
            by,
            None,
            {
                "kind": "group" if group else "interview",
                "held_on": today - timedelta(days=chance.randrange(1, 150)),
                "text": f"客户最看重{said[0].title_zh}，也提到{said[1].title_zh}。",
                "customers": [one.code for one in chance.sample(customers, 4 if group else 1)],
                "needs": [one.pk for one in said],
                "leading": said[0].pk,
            },
        )
