"""Three years of activities, and the tasks of a demo company's sales representatives.

The conversations are those that the demo's facts tell of, so they are not brought into the ledger
again, and this year's visits and calls to the best customers, which only the site knows.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from kefen_crm.activities.models import PERSON, RHYTHM, Activity, Kind, Task
from kefen_crm.activities.planner import create, wanted
from kefen_crm.activities.queries import leading_scheme
from kefen_crm.activities.repeats import Repeat
from kefen_crm.activities.rhythm import reason_of
from kefen_crm.activities.rules import CONTACT_GAP, ContactGap
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway.interactions import interactions_since
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.calendar import load
from kefen_crm.platform.models import RuleDocument
from kefen_crm.platform.rules import in_force
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from kefen_crm.platform.calendar import Calendar

RULES = [
    {
        "name": "A 类",
        "scope": {"scheme": "abc", "classes": ["A"]},
        "working_days": 15,
    },
    {
        "name": "B 类",
        "scope": {"scheme": "abc", "classes": ["B"]},
        "working_days": 45,
    },
]
YEARS = 3
KINDS = {"电话": Kind.CALL, "拜访": Kind.VISIT, "微信": Kind.WECHAT, "邮件": Kind.MAIL}
SAID = {
    "例行拜访": (
        "近期用量平稳，下月初再补一批。",
        "仓库还有一个半月的货，先不下单。",
        "采购换了人，约了下次当面认识。",
    ),
    "报价跟进": (
        "报价已收到，在比三家，本周内答复。",
        "希望账期延到 60 天，价格可以接受。",
        "嫌运费高，答应去申请包邮。",
    ),
    "新品推荐": (
        "对新品有兴趣，先要两件样品。",
        "说目前的型号够用，年底再看。",
        "技术部要试用报告，已发资料。",
    ),
    "催收货款": ("财务说月底付清。", "发票抬头有误，重开后安排付款。", "答应先付一半。"),
    "节日问候": ("问候，顺便确认了送货地址。", "对方在休假，节后再联系。"),
    "合同洽谈": ("年度合同条款谈妥，等盖章。", "要求返点 2 个点，需请示。", "合同已寄出。"),
}
TODO = ("发年度报价单", "寄样品", "确认送货时间", "回访上次投诉", "准备续约方案", "约季度复盘")
SHOWN = {Kind.CALL: 12, Kind.VISIT: 80, Kind.WECHAT: 6, Kind.MAIL: 10}
"""Minutes that each took, about."""
CARED_FOR = (
    {Kind.VISIT: (44, 0.82, (160, 220)), Kind.CALL: (22, 0.85, (15, 35))},
    {Kind.VISIT: (200, 0.6, (90, 150)), Kind.WECHAT: (110, 0.7, (10, 20))},
)
"""What representatives do of their own accord this year with the two best classes: each so many
working days, how often it comes about, and what it takes in minutes, the way there included. The
best class is near what playbooks promise it, the second is behind."""
PLANNED = 6
"""Working days before the day it is due that something was planned by hand."""


@transaction.atomic
def demo() -> None:
    """Bring the rules, the activities and the tasks, unless that was done before."""
    if Activity.objects.exists() or Task.objects.filter(origin=RHYTHM).exists():
        return
    chance = random.Random(7)  # noqa: S311  # the same demo every time
    calendar, now = load(), timezone.now()
    today = calendar.today(now)
    _rules()
    _activities(chance, today)
    _cared_for(chance, calendar, today)
    rhythm: list[ContactGap] = in_force(CONTACT_GAP)
    create(wanted(rhythm), today)
    _late(chance, calendar, today)
    _done(chance, calendar, today, rhythm[0])
    _by_people(chance, calendar, today)


def _rules() -> None:
    if not RuleDocument.objects.filter(kind=CONTACT_GAP).exists():
        RuleDocument.objects.create(
            kind=CONTACT_GAP,
            version=1,
            document={"rules": RULES},
            state=RuleDocument.State.PUBLISHED,
            reason="演示公司的默认规则",
        )


def _activities(chance: random.Random, today: date) -> None:
    """Activities as the facts tell of conversations, with words."""
    zone = timezone.get_default_timezone()
    customers = {one.code: one for one in Customer.objects.filter(standing__in=CURRENT)}
    people = {one.display_name: one for one in User.objects.filter(is_active=True)}
    found: list[Activity] = []
    for row in interactions_since(today - timedelta(days=365 * YEARS)):
        customer, by = customers.get(row["customer_id"]), people.get(row["by"] or "")
        if customer is None or by is None or row["happened_on"] >= today:
            continue
        kind = KINDS.get(row["type"], Kind.CALL)
        answered = row["responded"] is not False
        moment = time(chance.randrange(9, 17), chance.randrange(60))
        found.append(
            Activity(
                customer=customer,
                contact=customer.contact,
                kind=kind,
                direction="in" if row["direction"] in ("来", "in") else "out",
                at=datetime.combine(row["happened_on"], moment, zone),
                minutes=max(SHOWN[kind] + chance.randint(-5, 20), 2) if answered else None,
                answered=None if kind in (Kind.MEETING, Kind.VISIT) else answered,
                outcome=_outcome(chance) if answered else "",
                text=_text(chance, row["topic"] or "") if answered else "",
                by=by,
            )
        )
    Activity.objects.bulk_create(found, batch_size=2_000)


def _cared_for(chance: random.Random, calendar: Calendar, today: date) -> None:
    """Visits and calls of this year to the best customers, besides those that the facts tell of."""
    scheme = leading_scheme()
    if scheme is None:
        return
    found: list[Activity] = []
    for one, plan in zip(scheme.classes, CARED_FOR, strict=False):
        rows = CustomerClass.objects.filter(
            customer=OuterRef("pk"), scheme=scheme, class_key=one.key
        )
        theirs = Customer.objects.filter(
            Exists(rows), standing__in=CURRENT, owner__is_active=True
        ).select_related("owner")
        for customer in theirs.order_by("pk"):
            for kind, (every, share, minutes) in plan.items():
                day = calendar.add_workdays(date(today.year, 1, 1), chance.randint(1, every))
                while day < today:
                    if chance.random() < share:
                        found.append(_own(chance, customer, kind, day, chance.randint(*minutes)))
                    day = calendar.add_workdays(day, every + chance.randint(-3, 3))
    Activity.objects.bulk_create(found, batch_size=2_000)


def _own(
    chance: random.Random, customer: Customer, kind: Kind, day: date, minutes: int
) -> Activity:
    moment = time(chance.randrange(9, 17), chance.randrange(60))
    visit = kind == Kind.VISIT
    return Activity(
        customer=customer,
        contact=customer.contact,
        kind=kind,
        direction="out",
        at=datetime.combine(day, moment, timezone.get_default_timezone()),
        minutes=minutes,
        answered=None if visit else True,
        outcome=_outcome(chance),
        text=_text(chance, "例行拜访" if visit else "新品推荐"),
        by=customer.owner,
    )


def _text(chance: random.Random, topic: str) -> str:
    said = chance.choice(SAID.get(topic, (f"{topic}，已答复。" if topic else "已沟通。",)))
    return f"{topic}：{said}" if topic in SAID else said


def _outcome(chance: random.Random) -> str:
    choices = ["", *Activity.Outcome.values]
    return chance.choices(choices, weights=[30, 10, 25, 20, 12, 3])[0]


def _late(chance: random.Random, calendar: Calendar, today: date) -> None:
    """Some of what is due was due before."""
    due = Task.objects.filter(origin=RHYTHM, state=Task.State.OPEN).order_by("due_on", "pk")
    for task in due.filter(due_on__lte=calendar.add_workdays(today, 3)):
        share = chance.random()
        if share < 0.12:
            task.due_on = calendar.add_workdays(today, -chance.randint(4, 7))
        elif share < 0.3:
            task.due_on = calendar.add_workdays(today, -chance.randint(1, 3))
        task.save(update_fields=["due_on"])


def _done(chance: random.Random, calendar: Calendar, today: date, rule: ContactGap) -> None:
    """Tasks of the rhythm that the activities of the last quarter did, and a few skipped."""
    first = timezone.now() - timedelta(days=90)
    real = Activity.objects.filter(real=True, at__gte=first).select_related("customer", "by")
    found = []
    for activity in real.order_by("pk"):
        on = timezone.localdate(activity.at)
        late = chance.choices((0, 1, 3, 6), weights=(6, 2, 1, 1))[0]
        skipped = chance.random() < 0.06
        found.append(
            Task(
                customer=activity.customer,
                kind=activity.kind if activity.kind in Task.Kind.values else Task.Kind.CALL,
                due_on=calendar.add_workdays(on, -late),
                owner=activity.by,
                origin=RHYTHM,
                occurrence=f"demo.{activity.pk}",
                since=calendar.add_workdays(on, -rule.working_days - late),
                told=reason_of(rule, activity.by_id, spoken=True),
                state=Task.State.SKIPPED if skipped else Task.State.DONE,
                reason="客户休假" if skipped else "",
                done_by_activity=None if skipped else activity,
                closed_on=on,
                closed_by=activity.by,
            )
        )
    Task.objects.bulk_create(found, batch_size=2_000)
    assert all(one.closed_on and one.closed_on < today for one in found)


def _by_people(chance: random.Random, calendar: Calendar, today: date) -> None:
    """What the representatives planned themselves some days before, some with an hour."""
    zone = timezone.get_default_timezone()
    for person in User.objects.filter(role=Role.REP, is_active=True).order_by("pk"):
        theirs = list(
            Customer.objects.filter(owner=person, standing__in=CURRENT, sales__isnull=False)
            .order_by("-sales", "code")[:40]
        )  # fmt: skip
        for number, customer in enumerate(chance.sample(theirs, min(8, len(theirs)))):
            day = calendar.add_workdays(today, chance.choice((-2, -1, 1, 1, 2, 3, 5)))
            if number < 3:
                day = today if calendar.is_workday(today) else calendar.next_workday(today)
            values: dict[str, Any] = {"title": chance.choice(TODO), "kind": Task.Kind.TODO}
            if number % 4 == 1:
                values = {"title": "季度拜访", "kind": Task.Kind.VISIT, "due_at": time(14, 0)}
                values["repeat"] = Repeat(3, "month", day).to_dict()
            task = Task.objects.create(
                customer=customer,
                due_on=day,
                owner=person,
                by=person,
                origin=PERSON,
                occurrence=f"demo.{number}",
                **values,
            )
            planned = datetime.combine(calendar.add_workdays(day, -PLANNED), time(9, 30), zone)
            Task.objects.filter(pk=task.pk).update(created=planned)
