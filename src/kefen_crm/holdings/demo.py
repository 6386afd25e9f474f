"""What a demo shows: pools, rules and what they took, weights, somebody who left."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from kefen_crm.customers.actions import owners
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.holdings.actions.recycling import JOB_OF_CLOCK
from kefen_crm.holdings.limits import HOLDING_WEIGHT
from kefen_crm.holdings.models import Holding, Pool, PoolEntry
from kefen_crm.holdings.pool_rules import POOL_RULES
from kefen_crm.platform.calendar import load
from kefen_crm.platform.clock import Turn
from kefen_crm.platform.models import RuleDocument
from kefen_crm.team.actions import create_user
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from datetime import date

LONG_AGO = timedelta(days=500)
LEAVER = "hanzhiyuan"
LEFT_WITH = 12
"""Customers that are still with who left."""
RULES = [
    {"name": "A 类客户不收回", "scope": {"scheme": "abc", "classes": ["A"]}},
    {
        "name": "B 类：一年未下单",
        "scope": {"scheme": "abc", "classes": ["B"]},
        "without_order": 250,
    },
    {"name": "其他：半年未下单", "scope": {}, "without_order": 125},
]
WEIGHTS = [
    {"name": "A 类算三个", "scope": {"scheme": "abc", "classes": ["A"]}, "weight": 3},
    {"name": "B 类算两个", "scope": {"scheme": "abc", "classes": ["B"]}, "weight": 2},
]


@transaction.atomic
def hold() -> None:
    """Make a pool with rules that took some already, and have somebody left; once."""
    if Pool.objects.exists() or not Customer.objects.filter(owner__isnull=False).exists():
        return
    begun = timezone.now() - LONG_AGO
    Customer.objects.update(created=begun)
    Holding.objects.update(since=begun)
    Pool.objects.create(name="公司公海", per_day=5, most_held=500, former_waits=30, rest_days=1)
    for kind, document in ((POOL_RULES, RULES), (HOLDING_WEIGHT, WEIGHTS)):
        RuleDocument.objects.create(
            kind=kind,
            version=1,
            document={"rules": document},
            state=RuleDocument.State.PUBLISHED,
            reason="演示公司的默认规则",
        )
    _leave()
    _claims()
    calendar = load()
    today = calendar.today(timezone.now())
    last = today if calendar.is_workday(today - timedelta(days=1)) else _after_workday(today)
    for day in (calendar.add_workdays(last, -4), last):
        JOB_OF_CLOCK.run(Turn(JOB_OF_CLOCK.name, day, _at_night(day)))
    # Some have rested already: whoever looks at the demo can claim one at once.
    rested = PoolEntry.objects.order_by("pk").values_list("pk", flat=True)[::2]
    PoolEntry.objects.filter(pk__in=list(rested)).update(free_from=today)


def _leave() -> None:
    """Have somebody leave who still holds customers."""
    seller = (
        User.objects.filter(role=Role.REP, is_active=True)
        .exclude(username="rep")
        .annotate(held=Count("customers"))
        .order_by("-held", "pk")
        .first()
    )
    if seller is None:
        return
    left = create_user(
        None,
        username=LEAVER,
        name="韩志远",
        role=Role.REP,
        password=secrets.token_urlsafe(16),
        department=seller.department.name if seller.department else "",
    )
    theirs = Customer.objects.filter(owner=seller, standing__in=CURRENT)
    chosen = list(theirs.order_by(F("sales").desc(nulls_last=True), "code")[3 : 3 + LEFT_WITH])
    with owners.changing(via="assigned"):
        owners.change_owners(None, owners.ASSIGNED, {one.pk: left.pk for one in chosen})
    changed = timezone.now() - LONG_AGO / 2
    Holding.objects.filter(user=left).update(since=changed)
    Holding.objects.filter(user=seller, customer__in=chosen).update(until=changed)
    User.objects.filter(pk=left.pk).update(is_active=False)


def _claims() -> None:
    """Have each representative have claimed one of their customers, the first a fortnight ago."""
    held = Holding.objects.filter(until=None, user__is_active=True, user__role=Role.REP)
    for number, one in enumerate(held.order_by("user_id", "pk").distinct("user_id")):
        since = timezone.now() - timedelta(days=14 + 8 * number)
        Holding.objects.filter(pk=one.pk).update(via=Holding.Via.CLAIMED, since=since)


def _after_workday(day: date) -> date:
    """The last day up to `day` whose day before was worked."""
    return load().previous_workday(day) + timedelta(days=1)


def _at_night(day: date) -> datetime:
    """One in the morning of a day."""
    local = datetime.combine(day, time(1), timezone.get_default_timezone())
    return local.astimezone(UTC)
