"""Two surveys of the demo company, and what its customers answered in half a year."""

from __future__ import annotations

import random
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.by_class import some_of_each
from kefen_crm.surveys.actions import VALID
from kefen_crm.surveys.models import Answer, Invite, Survey
from kefen_crm.team.actions import digest

ASKED = 240
"""Customers of each class."""
SHARE = 0.45
"""Of those asked that answer."""
COMMENTS = {
    1: ("催了三次才有人回复。", "发票一直没开好。"),
    2: ("交货又晚了。", "换了业务员以后没人管。"),
    3: ("一般，希望包装改进。", ""),
    4: ("服务不错，价格可以再谈。", ""),
    5: ("技术支持很专业！", "交货准时，谢谢。", ""),
}


@transaction.atomic
def demo() -> None:
    """Make them, unless there are any."""
    if Survey.objects.exists():
        return
    satisfaction = Survey.objects.create(
        kind=Survey.Kind.CSAT,
        title="服务满意度",
        question_zh="您对我们这次的服务满意吗？",
        question_en="How satisfied are you with our service?",
    )
    recommendation = Survey.objects.create(
        kind=Survey.Kind.NPS,
        title="年度推荐度",
        question_zh="您愿意把我们推荐给同行吗？",
        question_en="How likely are you to recommend us?",
    )
    chance, now = random.Random(29), timezone.now()  # noqa: S311  # for a demo
    found = Customer.objects.filter(standing__in=CURRENT, sales__gt=0).order_by("-sales", "code")
    for _key, customer in some_of_each(found, leading_scheme(), ASKED):
        survey = satisfaction if chance.random() < 0.5 else recommendation
        asked = now - timedelta(days=chance.randrange(1, 180), hours=chance.randrange(24))
        _asked(survey, customer, asked, chance)


def _asked(survey: Survey, customer: Customer, moment: datetime, chance: random.Random) -> None:
    invite = Invite.objects.create(
        survey=survey,
        customer=customer,
        occasion="demo",
        digest=digest(secrets.token_urlsafe(18)),
        created=moment,
        expires_at=moment + VALID,
    )
    if chance.random() < SHARE:
        mood = chance.choices([1, 2, 3, 4, 5], [1, 2, 3, 8, 10])[0]
        nps = survey.kind == Survey.Kind.NPS
        score = min(10, 2 * mood + chance.randrange(2)) if nps else mood
        at = min(moment + timedelta(hours=chance.randrange(1, 90)), timezone.now())
        comment = chance.choice(COMMENTS[mood])
        Answer.objects.create(invite=invite, score=score, comment=comment, at=at)
