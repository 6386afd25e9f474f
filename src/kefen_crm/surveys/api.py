"""Surveys for programs: asked, and what was answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.api_named import customer_of
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import Code, Id, IdempotencyKey
from kefen_crm.surveys import actions
from kefen_crm.surveys import results as reads
from kefen_crm.surveys.actions import ASK
from kefen_crm.surveys.models import Answer, Survey
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Surveys"])


class SurveyResultOut(BaseModel):
    """The answers of a class, or of all together."""

    group: str = Field(description="A class; empty for who has none, and in the last for all.")
    title: str
    asked: int
    answered: int
    score: float | None = Field(
        description="The mean from 1 to 5, or the recommendation score from −100 to 100; null "
        "where too few answered."
    )
    margin: float | None = Field(description="Half of the 95 % interval of the score.")
    low: int = Field(description="Answers of at most 2 of 5, or 6 of 10.")


class SurveyOut(BaseModel):
    """A survey with its results."""

    id: int
    kind: Literal["csat", "nps", "form"] = Field(description="`form` is a questionnaire.")
    title: str
    question_zh: str
    question_en: str
    active: bool
    groups: list[SurveyResultOut]


AnsweredValue = int | str | list[str] | None
"""A number, words, or options by their numbers."""


class AnswerOut(BaseModel):
    """What a customer answered."""

    id: int
    customer: str = Field(examples=["C0001"])
    score: int | None = Field(description="Null of a questionnaire.")
    comment: str
    values: dict[str, AnsweredValue] = Field(
        description="Answers to further questions by `name`; null where one was shown in vain."
    )
    at: datetime


class AnswerPage(Page[AnswerOut]):
    pass


class AskIn(Schema, extra="forbid"):
    customer: Code
    contact: Annotated[str, Field(max_length=254, pattern=r"^[^\x00]*$")] = ""


class InviteOut(BaseModel):
    """An invitation."""

    id: int
    customer: str
    address: str = Field(
        description="Where the customer answers. Told once: a repeated key gives it empty."
    )
    expires_at: datetime


@router.get("", response=list[SurveyOut], summary="List surveys")
def list_surveys(request: Asked) -> list[SurveyOut]:
    """With their results by class, of customers you may see."""
    return [_survey(request, one) for one in Survey.objects.all()]


@router.get("/{int:survey_id}/answers", response=AnswerPage, summary="List answers")
def list_answers(request: Asked, survey_id: Id, query: Query[Paged]) -> AnswerPage:
    """Of customers you may see, the newest first."""
    found = reads.answers_for(request.user, get_object_or_404(Survey, pk=survey_id))
    items, last = newest(request, found, query)
    return AnswerPage(items=[_answer(one) for one in items], next=last)


@router.post("/{int:survey_id}/invites", response={201: InviteOut}, summary="Ask a customer")
def ask_customer(
    request: Asked, survey_id: Id, wanted: AskIn, key: IdempotencyKey = ""
) -> Status[InviteOut]:
    """Once in 90 days; you bring the address to the customer."""
    require(request.user, ASK)
    survey = get_object_or_404(Survey, pk=survey_id)
    customer = customer_of(request, wanted.customer)
    invite, token = actions.ask(request.user, survey, customer, contact=wanted.contact, key=key)
    address = reverse("surveys:answer", args=[token]) if token else ""
    return Status(
        201,
        InviteOut(
            id=invite.pk,
            customer=customer.code,
            address=request.build_absolute_uri(address) if address else "",
            expires_at=invite.expires_at,
        ),
    )


def _survey(request: Asked, one: Survey) -> SurveyOut:
    return SurveyOut(
        id=one.pk,
        kind=one.kind,
        title=one.title,
        question_zh=one.question_zh,
        question_en=one.question_en,
        active=one.active,
        groups=[
            SurveyResultOut(
                group=group.key,
                title=group.title,
                asked=group.asked,
                answered=group.answered,
                score=group.score,
                margin=group.margin,
                low=group.low,
            )
            for group in reads.results(request.user, one)
        ],
    )


def _answer(one: Answer) -> AnswerOut:
    return AnswerOut(
        id=one.pk,
        customer=one.invite.customer.code,
        score=one.score,
        comment=one.comment,
        values=one.values,
        at=one.at,
    )
