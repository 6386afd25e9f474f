"""What is learned about leads, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Status
from pydantic import BaseModel

from kefen_crm.gateway import say_reason
from kefen_crm.leads import explaining, versions
from kefen_crm.leads.models import LeadModel
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import Id
from kefen_crm.platform.rules import SET_RULES
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Leads"])


class LeadModelReason(BaseModel):
    code: str
    detail: str


class LeadAnswer(BaseModel):
    """An answer of leads, and by what it multiplies the odds of an average lead."""

    question: str
    answer: str
    factor: float
    ended: int
    converted: int


class LeadMeasure(BaseModel):
    """How well a way to tell good leads did on ended ones that it had not seen."""

    title: str
    area: float = Field(description="How often a converted lead stands before a dropped one.")
    square: float | None = Field(description="Mean squared error of its probabilities.")
    agreement: float | None = Field(description="Rank correlation with the learned chance.")


class LeadModelOut(BaseModel):
    """A version of what is learned about leads."""

    id: int
    status: Literal["queued", "running", "finished", "failed"]
    in_force: bool
    tells: bool | None = Field(
        description="False where answers tell no more than chance would; every lead has `share`."
    )
    ended: int | None
    converted: int | None
    share: float | None
    answers: list[LeadAnswer]
    compared: list[LeadMeasure]
    reason: LeadModelReason | None
    created: datetime
    finished: datetime | None
    by: str | None
    published_at: datetime | None
    published_by: str | None


class LeadModelPage(Page[LeadModelOut]):
    pass


@router.get("", response=LeadModelPage, summary="List what is learned about leads")
def list_lead_models(request: Asked, query: Query[Paged]) -> LeadModelPage:
    """Versions, the newest first."""
    found = LeadModel.objects.select_related("by", "published_by")
    items, last = newest(request, found, query)
    return LeadModelPage(items=[_told(one) for one in items], next=last)


@router.post("", response={202: LeadModelOut}, summary="Learn what converts")
def learn_leads(request: Asked, response: HttpResponse) -> Status[LeadModelOut]:
    """A new version, from 30 ended leads on; publish it once somebody looked."""
    model = versions.ask(request.user)
    response["Location"] = f"/api/v1/lead-models/{model.pk}"
    return Status(202, _told(model))


@router.get("/{int:version}", response=LeadModelOut, summary="One version")
def get_lead_model(request: Asked, version: Id) -> LeadModelOut:  # noqa: ARG001
    """With its answers, and how it did beside grades."""
    return _told(_one(version))


@router.post("/{int:version}/publish", response=LeadModelOut, summary="Publish a version")
def publish_lead_model(request: Asked, version: Id) -> LeadModelOut:
    """Open leads are told by it from then on."""
    require(request.user, SET_RULES)
    return _told(versions.publish(request.user, _one(version)))


@router.post("/{int:version}/withdraw", response=LeadModelOut, summary="Withdraw a version")
def withdraw_lead_model(request: Asked, version: Id) -> LeadModelOut:
    """Leads are told by their grade alone, where this version was in force."""
    require(request.user, SET_RULES)
    model = _one(version)
    if model.in_force:
        versions.withdraw(request.user)
    return _told(_one(version))


def _one(pk: int) -> LeadModel:
    found: LeadModel = get_object_or_404(
        LeadModel.objects.select_related("by", "published_by"), pk=pk
    )
    return found


def _told(model: LeadModel) -> LeadModelOut:
    document, reason = model.document, model.reason
    return LeadModelOut(
        id=model.pk,
        status=model.status,
        in_force=model.in_force,
        tells=document.get("tells"),
        ended=document.get("ended"),
        converted=document.get("converted"),
        share=document.get("share"),
        answers=[
            LeadAnswer(
                question=one.question, answer=one.answer, factor=one.factor, ended=one.ended,
                converted=one.converted,
            )
            for one in (explaining.answers(model) if document else [])
        ],
        compared=[
            LeadMeasure(
                title=one.title, area=one.area, square=one.square, agreement=one.agreement
            )
            for one in explaining.compared(model)
        ],
        reason=LeadModelReason(code=reason["code"], detail=say_reason(reason)) if reason else None,
        created=model.created,
        finished=model.finished,
        by=model.by.username if model.by else None,
        published_at=model.published_at,
        published_by=model.published_by.username if model.published_by else None,
    )  # fmt: skip
