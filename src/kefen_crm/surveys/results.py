"""What surveys say by class: how many answered, and the score with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

from django.db.models import Count, F, OuterRef, Subquery
from django.utils.translation import gettext as _

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.queries import visible_to
from kefen_crm.grading.models import CustomerClass
from kefen_crm.surveys.models import Answer, Invite, Survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from kefen_crm.team.models import User

FEWEST: Final = 30
"""Answers below which no recommendation score is given: its interval would be wider than 30."""
Z: Final = 1.959964
"""The 97.5 % point of the normal distribution."""
PROMOTES, DETRACTS = 9, 6


@dataclass(frozen=True)
class Result:
    """The answers of a group.

    Attributes:
        key, title: the class; empty for all together.
        asked, answered: invitations, and answers to them.
        score: the mean from 1 to 5, or promoters less detractors from −100 to 100; None where
            too few answered, and of a questionnaire.
        margin: half of the 95 % interval of the score; None where too few answered.
        low: answers so bad that somebody should see to them.
    """

    key: str
    title: str
    asked: int
    answered: int
    score: float | None
    margin: float | None
    low: int

    @property
    def rate(self) -> float | None:
        """Answers ÷ invitations."""
        return self.answered / self.asked if self.asked else None


def invites_for(user: User, survey: Survey) -> QuerySet[Invite]:
    """The invitations of customers in reach."""
    return Invite.objects.filter(survey=survey, customer__in=visible_to(user))


def answers_for(user: User, survey: Survey) -> QuerySet[Answer]:
    """The answers of customers in reach, the newest first."""
    found = Answer.objects.filter(invite__survey=survey, invite__customer__in=visible_to(user))
    return found.select_related("invite__customer").order_by("-at", "-pk")


def results(user: User, survey: Survey) -> list[Result]:
    """By class of the leading scheme, the classes in their order, all together last."""
    scheme = leading_scheme()
    classes = CustomerClass.objects.filter(scheme=scheme, customer=OuterRef("customer"))
    rows = invites_for(user, survey).annotate(key=Subquery(classes.values("class_key")[:1]))
    counts = (
        rows.order_by()
        .values_list("key", "answer__score")
        .annotate(count=Count("pk"), answers=Count("answer"))
    )
    asked: dict[str, int] = {}
    scores: dict[str, list[tuple[int | None, int]]] = {}
    for key, score, count, answers in counts.order_by(F("key").asc(nulls_last=True)):
        name = key or ""
        asked[name] = asked.get(name, 0) + count
        if answers:
            scores.setdefault(name, []).append((score, answers))
    titles = {one.key: one.title for one in scheme.classes} if scheme else {}
    order = [*titles, *(key for key in asked if key not in titles)]
    found = [
        summed(survey, key, titles.get(key, key) or _("Unrated"), asked[key], scores.get(key, []))
        for key in order
        if key in asked
    ]
    together = [pair for pairs in scores.values() for pair in pairs]
    return [*found, summed(survey, "", _("Together"), sum(asked.values()), together)]


def summed(
    survey: Survey, key: str, title: str, asked: int, scores: Sequence[tuple[int | None, int]]
) -> Result:
    """The result of a group from how often each score was given; of a questionnaire none."""
    answered = sum(count for _score, count in scores)
    low = sum(count for score, count in scores if survey.is_low(score))
    nps = survey.kind == Survey.Kind.NPS
    scored = [(score, count) for score, count in scores if score is not None]
    values = [(_points(score) if nps else float(score), count) for score, count in scored]
    score = margin = None
    if scored and answered >= (FEWEST if nps else 1):
        score = sum(value * count for value, count in values) / answered
    if score is not None and answered > 1:
        squares = sum(count * (value - score) ** 2 for value, count in values)
        margin = Z * sqrt(squares / (answered - 1) / answered)
    return Result(key, title, asked, answered, score, margin, low)


def _points(score: int) -> float:
    """What an answer from 0 to 10 adds to the recommendation score."""
    return 100.0 if score >= PROMOTES else -100.0 if score <= DETRACTS else 0.0
