"""Half a year of tickets of the demo's customers, and service levels by their class."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.by_class import some_of_each
from kefen_crm.grading.scopes import facts_of
from kefen_crm.platform.calendar import load
from kefen_crm.platform.models import RuleDocument
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role
from kefen_crm.tickets import clocks
from kefen_crm.tickets.models import Message, ReplyTemplate, ServiceClock, Ticket
from kefen_crm.tickets.rules import SERVICE_LEVEL, promised

if TYPE_CHECKING:
    from kefen_crm.platform.calendar import Calendar

RULES: Final = [
    {
        "name": "A 类贵宾服务",
        "scope": {"scheme": "abc", "classes": ["A"]},
        "first_reply": 2,
        "next_reply": 4,
        "resolve": 16,
    },
    {
        "name": "B 类标准服务",
        "scope": {"scheme": "abc", "classes": ["B"]},
        "first_reply": 4,
        "next_reply": 8,
        "resolve": 24,
    },
    {"name": "其他客户", "scope": {}, "first_reply": 8, "next_reply": 16, "resolve": 40},
]
TOPICS: Final = (
    ("complaint", "交货比约定晚了三天", "配件", "物流延误", "已改发加急，运费由我方承担。"),
    ("complaint", "外包装破损", "包装盒", "包装不牢", "已补发，并换用加厚纸箱。"),
    ("complaint", "发票抬头开错", "", "开票信息有误", "已红冲重开，电子发票已发邮箱。"),
    ("complaint", "到货数量与送货单不符", "标准件", "仓库错发", "缺少的 20 件今天补发。"),
    ("question", "这批货的质检报告在哪里下载？", "", "", "报告已发到您的邮箱。"),
    ("question", "账期能否延到 60 天？", "", "", "已转财务，按您的级别可以延到 45 天。"),
    ("repair", "设备开机报警 E04", "控制器", "", "远程升级固件后已恢复。"),
    ("suggestion", "希望能在微信上查物流", "", "", "谢谢建议，已列入下季度计划。"),
    ("praise", "技术支持很及时", "", "", "谢谢您的肯定！"),
)
REPLIES: Final = (
    (
        "收到，处理中",
        "",
        "",
        "{contact|您好}：\n您反映的“{title}”（{number}）已收到，由{owner|客服}负责，有结果马上告诉您。",
        (
            "Dear {contact|customer},\nthank you for writing to us. {owner|A colleague} looks "
            "after “{title}” ({number}) and will tell you as soon as there is news."
        ),
    ),
    (
        "投诉致歉",
        "complaint",
        "",
        "{contact|您好}：\n给{customer}添了麻烦，非常抱歉。“{title}”我们正在查原因，今天下班前给您答复。\n{agent}",
        (
            "Dear {contact|customer},\nwe are sorry for the trouble. We are looking into "
            "“{title}” and will answer you before the end of the day.\n{agent}"
        ),
    ),
    (
        "重要客户投诉致歉",
        "complaint",
        "A",
        "{contact|您好}：\n您反映的“{title}”已报主管，由我专人跟进（{number}）。两小时内给您电话。\n{agent}",
        (
            "Dear {contact|customer},\nour head of service knows of “{title}”, and I look after it "
            "myself ({number}). I shall call you within two hours.\n{agent}"
        ),
    ),
    (
        "安排维修",
        "repair",
        "",
        "{contact|您好}：\n{product|设备}的报修（{number}）已登记。请告诉我们型号、序列号和方便的时间，我们安排工程师上门。",
        (
            "Dear {contact|customer},\nwe have noted the repair of your {product|device} "
            "({number}). Please tell us its model, its serial number and when an engineer may come."
        ),
    ),
    (
        "感谢建议",
        "suggestion",
        "",
        "{contact|您好}：\n谢谢您{opened}提的建议“{title}”，已转给产品部门，采纳后会告诉您。",
        (
            "Dear {contact|customer},\nthank you for your suggestion “{title}” of {opened}. Our "
            "product team has it, and we shall tell you what comes of it."
        ),
    ),
)
"""Reply templates: name, kind, class, and the text in Chinese and English."""
SOLVED, WAITING, OPEN = 160, 4, 8
DAYS = 150


@transaction.atomic
def demo() -> None:
    """Publish service levels, write reply templates and tickets, unless there are any."""
    if not RuleDocument.objects.filter(kind=SERVICE_LEVEL).exists():
        RuleDocument.objects.create(
            kind=SERVICE_LEVEL,
            version=1,
            document={"rules": RULES},
            state=RuleDocument.State.PUBLISHED,
            reason="演示公司的默认规则",
        )
    if not ReplyTemplate.objects.exists():
        ReplyTemplate.objects.bulk_create(
            ReplyTemplate(name=name, kind=kind, class_key=key, body_zh=zh, body_en=en)
            for name, kind, key, zh, en in REPLIES
        )
    people = list(User.objects.filter(role=Role.SERVICE, is_active=True).order_by("pk"))
    if Ticket.objects.exists() or not people:
        return
    chance, calendar, now = random.Random(20), load(), timezone.now()  # noqa: S311  # for a demo
    found = Customer.objects.filter(standing__in=CURRENT, sales__gt=0).order_by("-sales", "code")
    customers = [
        one for _key, one in some_of_each(found.select_related("owner"), leading_scheme(), 60)
    ]
    if not customers:
        return
    for number in range(SOLVED + WAITING + OPEN):
        customer = customers[chance.randrange(len(customers))]
        past = number < SOLVED
        days = 5 + number * (DAYS - 5) // SOLVED if past else 4
        opened = calendar.add(
            now - timedelta(days=days), timedelta(minutes=chance.randrange(1, 1_000))
        )
        opened = min(opened, now)
        ticket = _opened(calendar, customer, people[number % len(people)], opened, chance)
        if past or number < SOLVED + WAITING:
            _answered(calendar, ticket, now, chance, solved=past)
        elif number % 3 == 0:
            Ticket.objects.filter(pk=ticket.pk).update(owner=None)


def _opened(
    calendar: Calendar, customer: Customer, owner: User, at: datetime, chance: random.Random
) -> Ticket:
    kind, title, product, _cause, _said = chance.choice(TOPICS)
    ticket = Ticket.objects.create(
        customer=customer,
        kind=kind,
        severity=chance.choice(["normal", "normal", "normal", "low", "urgent"]),
        title=title,
        product=product,
        owner=owner,
        opened_at=at,
        by=owner,
    )
    Message.objects.create(
        ticket=ticket, direction="in", channel="wechat", text=f"你好，{title}", at=at, by=owner
    )
    if found := promised(facts_of(customer), ticket.severity):
        for target in (ServiceClock.Target.FIRST, ServiceClock.Target.RESOLVE):
            clocks.begin(calendar, ticket, target, found, at)
    ticket.due_at = clocks.next_due(ticket)
    ticket.save()
    return ticket


def _answered(
    calendar: Calendar, ticket: Ticket, now: datetime, chance: random.Random, *, solved: bool
) -> None:
    """Answer a ticket, late now and then; solve it, or wait for the customer."""
    _kind, _title, _product, cause, said = next(one for one in TOPICS if one[1] == ticket.title)
    first = ticket.clocks.filter(target=ServiceClock.Target.FIRST).first()
    hours = first.allowed / 480 if first else 1  # whoever is promised more is answered sooner
    minutes = chance.choice([40, 90, 180, 300, 420, 560 if hours == 1 else 440])
    worked = timedelta(minutes=round(minutes * hours))
    at = min(calendar.add(ticket.opened_at, worked), now)
    owner = ticket.owner or ticket.by
    Message.objects.create(
        ticket=ticket, direction="out", channel="wechat", text=said, at=at, by=owner
    )
    clocks.stop(ticket, (ServiceClock.Target.FIRST,), at)
    ticket.answered_at = at
    if solved:
        ticket.solved_at = min(calendar.add(at, timedelta(hours=chance.choice([1, 4, 9]))), now)
        clocks.stop(ticket, tuple(ServiceClock.Target), ticket.solved_at)
        ticket.state, ticket.cause = Ticket.State.SOLVED, cause
    else:
        clocks.pause(ticket, at)
        ticket.state = Ticket.State.WAITING
    ticket.due_at = clocks.next_due(ticket)
    ticket.save()
