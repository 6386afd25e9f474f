"""Rules of care for the demo's customers, birthdays to come, and what was given in two months."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.activities.models import Task
from kefen_crm.care.document import CARE
from kefen_crm.care.giving import cared_for, give
from kefen_crm.care.models import Care
from kefen_crm.care.occasions import find
from kefen_crm.care.starts import usual
from kefen_crm.contacts.models import Contact
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.outreach.models import Message, Template
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.models import RuleDocument
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

REASON: Final = "重点客户当面关怀，其余简短问候"
BACK: Final = timedelta(days=60)
PEOPLE: Final = 120
NAMES: Final = ("王敏", "李强", "张伟", "刘洋", "陈静", "杨帆", "赵磊", "黄丽", "周涛", "吴霞")


@transaction.atomic
def demo() -> None:
    """Make them, unless any rules of care ever were."""
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if manager is None or RuleDocument.objects.filter(kind=CARE).exists():
        return
    RuleDocument.objects.create(
        kind=CARE,
        version=1,
        document={"rules": _rules()},
        state=RuleDocument.State.PUBLISHED,
        reason=REASON,
        by=manager,
    )
    chance, now = random.Random(11), timezone.now()  # noqa: S311  # for a demo
    today = current().today(now)
    _people(manager, chance)
    found = find(rules.in_force(CARE), today - BACK, today, cared_for())
    for one in sorted({one.due for one in found}):
        give([each for each in found if each.due == one], one, now, 1)
    _done(chance, today)


def _rules() -> list[dict[str, Any]]:
    """The usual ones, and a message after a purchase where a template of the demo is for that."""
    found = usual()
    sms = Template.objects.filter(active=True, channel="sms").order_by("pk").first()
    if sms is not None:
        found[1] |= {"how": "message", "template": sms.name, "money": 0}
    return found


def _people(by: User, chance: random.Random) -> None:
    """Contacts with birthdays round the year, a third of them by the lunar calendar."""
    found = Customer.objects.filter(standing__in=CURRENT, contacts=None, owner__isnull=False)
    customers = found.order_by("-sales", "code")[:PEOPLE]
    Contact.objects.bulk_create(
        Contact(
            customer=one,
            name=one.contact or chance.choice(NAMES),
            birthday=date(chance.randrange(1965, 1996), 1, 1)
            + timedelta(days=chance.randrange(365)),
            birthday_calendar="lunar" if number % 3 == 0 else "solar",
            primary=True,
            by=by,
        )
        for number, one in enumerate(customers)
    )


def _done(chance: random.Random, today: date) -> None:
    """Most tasks of before were done in time, some late, a few skipped; most messages arrived."""
    states = Task.State
    tasks: Sequence[Task] = [
        one.task
        for one in Care.objects.filter(task__isnull=False).select_related("task")
        if one.task
    ]
    changed = []
    for one in tasks:
        ended = chance.choices(
            [states.DONE, states.SKIPPED, states.OPEN],
            [80, 8, 12] if one.due_on < today else [0, 0, 1],
        )[0]
        if ended == states.OPEN:
            continue
        one.state = ended
        one.closed_on = min(one.due_on + timedelta(days=chance.choice((0, 0, 0, 2))), today)
        one.closed_by = one.owner
        one.reason = "已问候" if ended == states.DONE else "本月刚拜访过"
        changed.append(one)
    Task.objects.bulk_update(changed, ["state", "closed_on", "closed_by", "reason"])
    for care in Care.objects.filter(message__isnull=False).select_related("message"):
        at = datetime.combine(care.due_on, time(9), tzinfo=current().zone)
        Message.objects.filter(pk=care.message_id or 0).update(
            state=Message.State.DELIVERED, moved_at=at, due=at
        )
