"""Templates of the demo company, and what it wrote lately. A demo sends nothing anywhere."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.outreach.models import Channel, Message, Suppression, Template, TemplateVersion
from kefen_crm.outreach.wording import values_of, written
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

WRITTEN: Final = 40
SHOWN: Final = 3
"""The templates that those were written by; the others are those of campaigns."""
TEMPLATES: Final[tuple[tuple[str, str, str, dict[str, str]], ...]] = (
    (
        "生日祝福",
        Channel.SMS,
        Template.Purpose.MARKETING,
        {
            "body_zh": "{contact|您好}，{owner|我们}祝您生日快乐！感谢您自{since|合作}以来的信任。",
            "body_en": "Dear {contact|friend}, {owner|we} wish you a happy birthday!",
        },
    ),
    (
        "季度新品",
        Channel.EMAIL,
        Template.Purpose.MARKETING,
        {
            "subject_zh": "{customer}的本季新品",
            "body_zh": (
                "{contact|您好}：\n\n本季新品已到货，{class}客户可先试用。样品请联系{owner|客服}。"
            ),
            "subject_en": "New this quarter for {customer}",
            "body_en": (
                "Dear {contact|friend},\n\nthis quarter's products are here. "
                "Ask {owner|us} for samples."
            ),
        },
    ),
    (
        "产品使用说明",
        Channel.EMAIL,
        Template.Purpose.SERVICE,
        {
            "subject_zh": "{product|您所购产品}的使用说明",
            "body_zh": "{contact|您好}：\n\n附上{product|您所购产品}的使用与保养说明。",
        },
    ),
    (
        "新品邀约",
        Channel.SMS,
        Template.Purpose.MARKETING,
        {
            "body_zh": "{contact|您好}，本季新品已到，欢迎到店试用。预约请联系{owner|客服}。",
            "body_en": "Dear {contact|friend}, new products are here. Ask {owner|us} to try them.",
        },
    ),
    (
        "节日问候",
        Channel.SMS,
        Template.Purpose.MARKETING,
        {"body_zh": "{contact|您好}，{owner|我们}祝您节日快乐，阖家安康！"},
    ),
    (
        "每周促销短信",
        Channel.SMS,
        Template.Purpose.MARKETING,
        {"body_zh": "{contact|您好}，本周特价已开始，满减多多，速来选购！"},
    ),
)


@transaction.atomic
def demo() -> None:
    """Make them, unless there are any."""
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if manager is None or Template.objects.exists():
        return
    made = [_template(manager, *about) for about in TEMPLATES]
    chance, now = random.Random(13), timezone.now()  # noqa: S311  # for a demo
    found = Customer.objects.filter(standing__in=CURRENT, owner__isnull=False, sales__gt=0)
    customers = list(found.order_by("-sales", "code").select_related("owner")[:WRITTEN])
    values = values_of(customers, language="zh")
    states = Message.State
    for number, one in enumerate(customers):
        words = made[number % SHOWN].words
        text = written(words, "zh", values[one.pk])
        state = chance.choices(
            [states.DELIVERED, states.SENT, states.BOUNCED, states.UNKNOWN], [60, 30, 8, 2]
        )[0]
        Message.objects.create(
            key=f"demo/{number}",
            customer=one,
            to=(one.contact or one.name)[:120],
            address=f"c{number}@example.com",
            channel=words.template.channel,
            wording=words,
            subject=text.subject,
            body=text.body,
            values=values[one.pk] | {"language": "zh"},
            state=state,
            why="550" if state == states.BOUNCED else "",
            due=now,
            moved_at=now - timedelta(days=number % 20),
            by=one.owner,
        )
        if state == states.BOUNCED:
            Suppression.objects.create(
                channel=Channel.EMAIL,
                normal=f"c{number}@example.com",
                why=Suppression.Why.BOUNCED,
                customer=one,
            )


def _template(by: User, name: str, channel: str, purpose: str, words: dict[str, Any]) -> Template:
    made = Template.objects.create(name=name, channel=channel, purpose=purpose)
    TemplateVersion.objects.create(template=made, number=1, by=by, **words)
    return made
