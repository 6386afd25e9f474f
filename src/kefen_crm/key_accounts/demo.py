"""A few key accounts of the demo, with the people who decide there."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.contacts import actions as contacts
from kefen_crm.customers.models import Customer
from kefen_crm.key_accounts import actions, contracts, plans, tenders
from kefen_crm.key_accounts.models import KeyAccount
from kefen_crm.platform.calendar import load
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

EACH: Final = 2
"""Key accounts of each representative: the customers with most sales."""
GOAL: Final = "两年内成为其第一供应商：标准件份额由三成提高到一半，进入新产线的供应商名录。"
RULES: Final = (
    "供应商须先入名录；10 万元以上三家比价，50 万元以上公开招标；采购委员会每月最后一个周四开会。"
)
PEOPLE: Final[tuple[tuple[str, str, str, int | None, int | None, str, str], ...]] = (
    ("陈立新", "总经理", "decides", 1, 3, "", "看重交付稳定，不愿换供应商"),
    ("何婉婷", "财务总监", "decides", -1, 3, "陈立新", "要求账期 90 天"),
    ("周敏", "采购主管", "buys", 2, 2, "何婉婷", ""),
    ("罗建国", "生产部经理", "uses", 2, 2, "陈立新", "用过我们的控制器，满意"),
    ("沈悦", "设备工程师", "advises", 0, 1, "罗建国", ""),
    ("唐磊", "行政助理", "gatekeeps", None, None, "", ""),
)
"""Name, position, role, stance, influence, whom they report to, note."""

NEEDS: Final = ("营业执照与资质证书", "近三年业绩表", "投标保证金", "样品寄送", "报价密封")
TENDERS: Final[tuple[tuple[str, int, str, str, int], ...]] = (
    ("新产线控制器采购", 3, "preparing", "", 3),
    ("年度标准件框架招标", 18, "watching", "", 0),
    ("备件储备项目", -30, "lost", "价格高于中标价 6%", 5),
)
"""Title, working days until it is due, state, why, how much of `NEEDS` is done."""
STEPS: Final[dict[str, tuple[str, ...]]] = {
    "watching": (),
    "preparing": ("preparing",),
    "lost": ("preparing", "submitted", "lost"),
}

CONTRACTS: Final[tuple[tuple[str, int, int, str, int], ...]] = (
    ("年度供货框架协议", 52, 30, "agreed", 1_200_000),
    ("备件寄售协议", 210, 60, "automatic", 260_000),
)
"""Title, days until it ends, days of notice, what becomes of it, its value."""

BUYING: Final[tuple[tuple[str, int, int, str], ...]] = (
    ("使用部门申请", 0, 3, "技术参数"),
    ("采购主管", 0, 5, "三家报价"),
    ("财务总监", 100_000, 7, "付款条件与预算"),
    ("采购委员会", 500_000, 15, "招标文件、业绩证明"),
)
"""Who approves, from which amount on, in how many working days, with what."""
PLAN: Final[tuple[tuple[str, str, int, str, int], ...]] = (
    ("goal", "标准件份额提高到一半", 200, "季度采购额对照", 3),
    ("goal", "控制器进入新产线名录", 90, "样机试用通过", 2),
    ("risk", "财务总监倾向竞争对手的账期", 60, "提出分期方案，约面谈", 3),
)
"""Kind, text, days until, measure, weight."""


@transaction.atomic
def demo() -> None:
    """Write them, unless there are any."""
    if KeyAccount.objects.exists():
        return
    for person in User.objects.filter(role=Role.REP, is_active=True).order_by("pk"):
        theirs = Customer.objects.filter(owner=person, in_facts=True)
        for number, customer in enumerate(theirs.order_by("-sales", "code")[:EACH]):
            actions.mark(person, customer, {"goal": GOAL, "rules": RULES} if not number else {})
            _people(person, customer, PEOPLE if not number else PEOPLE[2:4])
            _tenders(person, customer, TENDERS if not number else TENDERS[:1])
            _contracts(person, customer, CONTRACTS if not number else CONTRACTS[1:])
            if not number:
                _plan(person, customer)


def _people(person: User, customer: Customer, people: Any) -> None:
    known = {one.name: one for one in customer.contacts.filter(left_on=None)}
    for name, title, role, *_rest in people:
        if name not in known:
            said = {"name": name, "title": title, "role": role}
            known[name] = contacts.add(person, customer, said)
    for name, _title, role, stance, influence, boss, note in people:
        if stance is not None or boss:
            told = {"stance": stance, "influence": influence, "role": role, "note": note}
            actions.place(person, known[name], told | {"reports_to": known.get(boss)})


def _tenders(person: User, customer: Customer, every: Any) -> None:
    calendar = load()
    today = calendar.today(timezone.now())
    for number, (title, days, state, why, done) in enumerate(every):
        day = calendar.add_workdays(today, days)
        due = datetime.combine(day, time(9, 30), calendar.zone)
        values = {
            "title": title, "reference": f"ZB{today:%Y}-{customer.pk % 1000:03}-{number + 1}",
            "due_at": due, "questions_until": calendar.add_workdays(day, -5),
            "opens_at": due + timedelta(minutes=30), "published_on": day - timedelta(days=20),
            "amount": Decimal(480_000 + 130_000 * number), "bond": Decimal(10_000 * (number + 1)),
            "bond_paid_on": min(today, calendar.add_workdays(day, -4)) if done else None,
            "checklist": [
                {"text": text, "done": at < done} for at, text in enumerate(NEEDS)
            ],
        }  # fmt: skip
        tender = tenders.open_tender(person, customer, values)
        for step in STEPS[state]:
            tenders.move(person, tender, step, why if step == state else "")


def _contracts(person: User, customer: Customer, every: Any) -> None:
    today = load().today(timezone.now())
    for title, days, notice, renewal, value in every:
        ends_on = today + timedelta(days=days)
        values = {
            "title": title, "reference": f"HT{today:%Y}{customer.pk % 1000:03}",
            "begins_on": ends_on - timedelta(days=364), "ends_on": ends_on, "notice_days": notice,
            "renewal": renewal, "value": Decimal(value),
        }  # fmt: skip
        contracts.note(person, customer, values)


def _plan(person: User, customer: Customer) -> None:
    today = load().today(timezone.now())
    for position, (title, amount, days, documents) in enumerate(BUYING, 1):
        step = {"position": position, "title": title, "from_amount": Decimal(amount)}
        plans.add_step(person, customer, step | {"days": days, "documents": documents})
    for kind, text, days, measure, weight in PLAN:
        item = {"kind": kind, "text": text, "by_on": today + timedelta(days=days)}
        plans.add_item(person, customer, item | {"measure": measure, "weight": weight})
