"""Surveys of the demo company, and what its customers answered in half a year."""

from __future__ import annotations

import random
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.by_class import some_of_each
from kefen_crm.surveys.actions import VALID
from kefen_crm.surveys.models import Answer, Invite, Question, Survey
from kefen_crm.surveys.questions import asked_of, checked
from kefen_crm.team.actions import digest

ASKED = 240
"""Customers of each class."""
FURTHER = 60
"""Customers asked by the questionnaire."""
SHARE = 0.45
"""Of those asked that answer."""
QUESTIONS: Final = (
    ("最看重哪一点？", "What matters most?", "one",
     (("价格", "Price"), ("交货", "Delivery"), ("质量", "Quality"), ("服务", "Service")),
     "", "", ""),
    ("我们的价格如何？", "How are our prices?", "scale", (), "最看重哪一点？", "equal", "1"),
    ("哪里可以更便宜？", "What should cost less?", "text", (), "我们的价格如何？", "at_most", "3"),
    ("需要哪些服务？", "Which services do you need?", "many",
     (("培训", "Training"), ("上门维修", "Repair on site"), ("寄售库存", "Consignment stock")),
     "最看重哪一点？", "equal", "4"),
)  # fmt: skip
"""What the questionnaire asks: wordings, kind, choices, and after which answer."""
WORDS: Final = ("标准件。", "运费。", "小批量订单。")
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
    needs, customers = _questionnaire(), list(found[: 4 * FURTHER])
    for customer in chance.sample(customers, min(FURTHER, len(customers))):
        asked = now - timedelta(days=chance.randrange(1, 60), hours=chance.randrange(24))
        _asked(needs, customer, asked, chance)
    for _key, customer in some_of_each(found, leading_scheme(), ASKED):
        survey = satisfaction if chance.random() < 0.5 else recommendation
        asked = now - timedelta(days=chance.randrange(1, 180), hours=chance.randrange(24))
        _asked(survey, customer, asked, chance)


def _asked(survey: Survey, customer: Customer, moment: datetime, chance: random.Random) -> None:
    invite = Invite.objects.create(
        survey=survey,
        customer=customer,
        occasion=f"demo:{survey.kind}",
        digest=digest(secrets.token_urlsafe(18)),
        created=moment,
        expires_at=moment + VALID,
    )
    if chance.random() < SHARE:
        mood = chance.choices([1, 2, 3, 4, 5], [1, 2, 3, 8, 10])[0]
        nps = survey.kind == Survey.Kind.NPS
        score = min(10, 2 * mood + chance.randrange(2)) if nps else mood
        scored = score if survey.scored else None
        at = min(moment + timedelta(hours=chance.randrange(1, 90)), timezone.now())
        comment = chance.choice(COMMENTS[mood])
        values = checked(asked_of(survey), scored, _values(survey, mood, chance))
        Answer.objects.create(invite=invite, score=scored, comment=comment, at=at, values=values)


def _questionnaire() -> Survey:
    """Asks what matters when buying, and further by what does."""
    survey = Survey.objects.create(
        kind=Survey.Kind.FORM,
        title="采购需求问卷",
        question_zh="您采购时看重什么？",
        question_en="What matters when you buy?",
    )
    made: dict[str, Question] = {}
    for position, (zh, en, kind, options, when, test, value) in enumerate(QUESTIONS, 1):
        made[zh] = Question.objects.create(
            survey=survey,
            position=position,
            kind=kind,
            text_zh=zh,
            text_en=en,
            required=not when,
            options=[{"zh": first, "en": second} for first, second in options],
            when=made[when].name if when else "",
            test=test,
            value=value,
        )
    return survey


def _values(survey: Survey, mood: int, chance: random.Random) -> dict[str, Any]:
    """An answer to each question; of those that are not asked none is noted."""
    values: dict[str, Any] = {}
    for one in asked_of(survey):
        numbers = [number for number, _title in one.wordings]
        if one.kind == Question.Kind.ONE:
            values[one.name] = chance.choice(numbers)
        elif one.kind == Question.Kind.MANY:
            values[one.name] = sorted(chance.sample(numbers, 2))
        elif one.kind == Question.Kind.SCALE:
            values[one.name] = mood
        else:
            values[one.name] = chance.choice(WORDS)
    return values
