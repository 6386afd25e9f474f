"""Whom past campaigns changed, for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.campaigns.permits import CAMPAIGN
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import Id, IdempotencyKey
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked
from kefen_crm.uplift import actions
from kefen_crm.uplift.models import Learning

router = Router(tags=["Uplift"])


class LearningIn(Schema, extra="forbid"):
    campaigns: Annotated[
        list[Annotated[int, Field(ge=1, le=2**62)]], Field(min_length=1, max_length=actions.MOST)
    ]


class LearnedFrom(BaseModel):
    id: int
    name: str
    began: date


class UpliftClassOut(BaseModel):
    """Customers of whom the campaigns say the same."""

    key: Literal["persuadable", "sure", "lost", "alone", "everyone"]
    customers: int
    share: float
    treated: int = Field(description="Of those it was measured on.")
    holdout: int
    lift: float | None = Field(description="What treating brings a customer.")
    low: float | None
    high: float | None
    baseline: float | None = Field(description="What a customer left alone brings.")


class UpliftCondition(BaseModel):
    indicator: str
    at_most: float


class UpliftRuleOut(BaseModel):
    """Who meets all conditions, and those of no rule before."""

    class_key: str
    conditions: list[UpliftCondition]
    lift: float | None
    low: float | None
    high: float | None


class LearningOut(BaseModel):
    """What was learned."""

    id: int
    status: Literal["queued", "running", "finished", "failed"]
    campaigns: list[LearnedFrom]
    days: int
    created: datetime
    reason: str = Field(description="Why it failed: a code.")
    verdict: Literal["proven", "none", "alike"] | None
    qini: float | None
    qini_low: float | None
    qini_high: float | None
    classes: list[UpliftClassOut]
    rules: list[UpliftRuleOut]
    scheme: str | None = Field(description="The scheme that it was published as.")


class LearningPage(Page[LearningOut]):
    pass


@router.get("", response=LearningPage, summary="List what campaigns taught")
def list_learnings(request: Asked, query: Query[Paged]) -> LearningPage:
    """The newest first."""
    require(request.user, CAMPAIGN)
    items, last = newest(request, Learning.objects.select_related("scheme"), query)
    return LearningPage(items=[_told(one) for one in items], next=last)


@router.post("", response={201: LearningOut}, summary="Learn from campaigns")
def create_learning(
    request: Asked, wanted: LearningIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[LearningOut]:
    """In the background; ask for it again until it is finished."""
    made = actions.ask(request.user, wanted.campaigns, key=key)
    response["Location"] = f"/api/v1/uplift/{made.pk}"
    return Status(201, _told(made))


@router.get("/{int:learning_id}", response=LearningOut, summary="What campaigns taught")
def get_learning(request: Asked, learning_id: Id) -> LearningOut:
    """With the classes, where customers could be told apart."""
    return _told(_one(request, learning_id))


@router.post("/{int:learning_id}/publish", response=LearningOut, summary="Publish the classes")
def publish_learning(request: Asked, learning_id: Id, key: IdempotencyKey = "") -> LearningOut:
    """As the scheme `uplift`, which is run at once."""
    require(request.user, Permit.GRADE)
    return _told(actions.publish(request.user, _one(request, learning_id), key=key))


def _one(request: Asked, pk: int) -> Learning:
    require(request.user, CAMPAIGN)
    return get_object_or_404(Learning.objects.select_related("scheme"), pk=pk)


def _told(one: Learning) -> LearningOut:
    told: dict[str, Any] = one.answer
    qini = told.get("qini") or {}
    return LearningOut(
        id=one.pk,
        status=one.status,
        campaigns=[LearnedFrom(**each) for each in one.campaigns],
        days=one.days,
        created=one.created,
        reason=one.reason.get("code", ""),
        verdict=told.get("verdict"),
        qini=qini.get("value"),
        qini_low=qini.get("low"),
        qini_high=qini.get("high"),
        classes=[
            UpliftClassOut(**{name: each[name] for name in UpliftClassOut.model_fields})
            for each in told.get("classes", ())
        ],
        rules=[
            UpliftRuleOut(
                class_key=each["class"],
                conditions=[
                    UpliftCondition(indicator=part["indicator"], at_most=part["at_most"])
                    for part in each["conditions"]
                ],
                **{name: each[name] for name in ("lift", "low", "high")},
            )
            for each in told.get("rules", ())
        ],
        scheme=one.scheme.name if one.scheme else None,
    )
