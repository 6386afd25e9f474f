"""A playbook for the demo's leading scheme, hours of its people, plays and spendings."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import translation

from kefen_crm.activities.models import Task
from kefen_crm.activities.queries import leading_scheme
from kefen_crm.grading import queries as grading
from kefen_crm.platform.calendar import current
from kefen_crm.platform.models import RuleDocument
from kefen_crm.playbooks import commitments, execution, plays, staffing
from kefen_crm.playbooks.document import PLAYBOOK, in_force
from kefen_crm.playbooks.models import Commitment, Reading, Spend
from kefen_crm.playbooks.reading import digest_of
from kefen_crm.playbooks.starts import starts
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.grading.models import Scheme
    from kefen_crm.platform.calendar import Calendar

REASON: Final = "按等级分配时间和费用，先试行一年"
OWN: Final[tuple[dict[str, int], ...]] = (
    {"hours": 24, "visits": 6, "ceiling": 40},
    {"hours": 9, "visits": 2, "ceiling": 80},
)
"""What the company gives its two best classes: as much as the hours of its people suffice for."""
WHY: Final = ("客户出差", "客户要求下月再谈", "正在处理投诉")
SAID: Final = {
    Spend.Kind.SUPPORT: "现场排查设备故障",
    Spend.Kind.TRAINING: "新员工操作培训",
    Spend.Kind.GIFT: "中秋礼盒",
    Spend.Kind.DISCOUNT: "季度订单让利",
}


@transaction.atomic
def demo() -> None:
    """Bring them, unless anything was ever promised; a playbook that is there is followed."""
    scheme = leading_scheme()
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if scheme is None or manager is None or Commitment.objects.exists():
        return
    if not RuleDocument.objects.filter(kind=PLAYBOOK).exists() and not _written(scheme, manager):
        return
    first, today = execution.year_so_far()
    commitments.follow(first)
    chance = random.Random(11)  # noqa: S311  # the same demo every time
    _people(chance, manager)
    run = grading.in_force(scheme)
    if run:
        moved = plays.moves(scheme, run)
        occurrence = plays.occurrence(scheme, run)
        made = plays.plan(in_force(), scheme, run, moved, 1, today, occurrence)
        _carried_out(chance, made, current(), today)
    _spent(chance, first, today)


def _written(scheme: Scheme, manager: User) -> bool:
    """Put the ready-made playbook of a scheme in force; whether there is one."""
    with translation.override("zh-hans"):
        ready = next((one for one in starts() if one.name == scheme.name), None)
    if ready is None:
        return False
    nothing: dict[str, int] = {}
    rules = [dict(one) | own for one, own in zip_longest(ready.rules, OWN, fillvalue=nothing)]
    RuleDocument.objects.create(
        kind=PLAYBOOK,
        version=1,
        document={"rules": rules},
        state=RuleDocument.State.PUBLISHED,
        reason=REASON,
        by=manager,
    )
    return True


def _people(chance: random.Random, manager: User) -> None:
    people = list(User.objects.filter(role=Role.REP, is_active=True).order_by("pk"))
    _first, today = execution.year_so_far()
    for number, one in enumerate(people):
        hours = Decimal(40) if number % 4 else Decimal(32)
        staffing.set_hours(manager, one, hours_week=hours, share=chance.choice((50, 60, 70)))
        held = Commitment.objects.filter(customer__owner=one, until=None).order_by("pk").first()
        if held:
            staffing.set_target(manager, one, held.rule, "visits", today.year, 24)
    for rule in in_force():
        if rule.rising.how and people:
            Reading.objects.get_or_create(user=people[-1], digest=digest_of(rule, "rising"))


def _carried_out(chance: random.Random, made: list[Task], calendar: Calendar, today: date) -> None:
    """Some of what was planned was due before: done in time or late, skipped, or still open."""
    for task in made:
        share = chance.random()
        if share < 0.4:
            continue
        task.due_on = max(
            calendar.add_workdays(today, -chance.randint(1, 15)), today.replace(day=1, month=1)
        )
        if share < 0.8:
            task.state, task.closed_by = Task.State.DONE, task.owner
            task.reason = "已按打法完成"
            task.closed_on = min(
                calendar.add_workdays(task.due_on, chance.choice((-1, 0, 0, 2))), today
            )
        elif share < 0.9:
            task.state, task.closed_by = Task.State.SKIPPED, task.owner
            task.reason, task.closed_on = chance.choice(WHY), task.due_on
        task.version += 1
    Task.objects.bulk_update(
        made, ["due_on", "state", "reason", "closed_on", "closed_by", "version"]
    )


def _spent(chance: random.Random, first: date, today: date) -> None:
    """Services, gifts and discounts of the best customers, within what they are promised."""
    budgets = {one.name: one for one in in_force()}
    held = Commitment.objects.filter(until=None, budget__gt=0, customer__owner__isnull=False)
    rows = []
    for one in held.select_related("customer__owner").order_by("-budget", "pk")[:60]:
        rule = budgets[one.rule]
        for kind, most in (
            (Spend.Kind.SUPPORT, rule.support), (Spend.Kind.TRAINING, rule.training),
            (Spend.Kind.GIFT, 1), (Spend.Kind.DISCOUNT, 1),
        ):  # fmt: skip
            for _number in range(chance.randint(0, most)):
                money = {
                    Spend.Kind.GIFT: rule.gifts // 2,
                    Spend.Kind.DISCOUNT: chance.randint(5, 30) * 100,
                    Spend.Kind.TRAINING: rule.budget // 20,
                }.get(kind, 0)  # fmt: skip
                if kind == Spend.Kind.GIFT and not money:
                    continue
                day = first + timedelta(days=chance.randrange((today - first).days + 1))
                rows.append(
                    Spend(
                        customer=one.customer, kind=kind, on=day, money=money, text=SAID[kind],
                        hours=2 if kind in ("support", "training") else 0, by=one.customer.owner,
                    )
                )  # fmt: skip
    Spend.objects.bulk_create(rows)
