"""Needs research for programs: what customers need by class, and the talks that told."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.needs import actions
from kefen_crm.needs.actions import RESEARCH
from kefen_crm.needs.models import Need, Talk
from kefen_crm.needs.queries import counted, talks_for
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import Code, Day, IdempotencyKey, Whole
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Needs"])

NeedId = Annotated[Whole, Field(ge=1, le=2**62)]


class ListedNeedOut(BaseModel):
    """A need of the company's list."""

    id: int
    title_zh: str
    title_en: str
    active: bool


class NeedShareOut(BaseModel):
    """How many customers told of a need."""

    need: int
    count: int
    share: float
    low: float = Field(description="The lower end of its 95 % interval (Wilson).")
    high: float


class NeedsGroupOut(BaseModel):
    """A class, or all together."""

    group: str = Field(description="A class; empty for who has none, and in the last for all.")
    title: str
    asked: int = Field(description="Customers who took part in a talk.")
    needs: list[NeedShareOut]


class NeedsOut(BaseModel):
    """The list of needs, and what customers you may see told of."""

    needs: list[ListedNeedOut]
    groups: list[NeedsGroupOut]


class TalkOut(BaseModel):
    """An interview or a focus group."""

    id: int
    kind: Literal["interview", "group"]
    held_on: date
    customers: list[str]
    text: str
    needs: list[int]
    leading: int | None = Field(description="The need that matters most.")
    by: str
    version: int


class TalkPage(Page[TalkOut]):
    pass


class TalkIn(Schema, extra="forbid"):
    kind: Literal["interview", "group"] = "interview"
    held_on: Day
    customers: Annotated[list[Code], Field(min_length=1, max_length=actions.MOST)]
    text: Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"^[^\x00]+$")]
    needs: Annotated[list[NeedId], Field(max_length=50)] = []
    leading: NeedId | None = None


@router.get("", response=NeedsOut, summary="Needs by class")
def list_needs(request: Asked) -> NeedsOut:
    """How many customers of each class told of each need."""
    named, groups = counted(request.user)
    return NeedsOut(
        needs=[
            ListedNeedOut(
                id=one.pk, title_zh=one.title_zh, title_en=one.title_en, active=one.active
            )
            for one in Need.objects.all()
        ],
        groups=[
            NeedsGroupOut(
                group=group.key,
                title=group.title,
                asked=group.asked,
                needs=[
                    NeedShareOut(
                        need=one.pk,
                        count=share.count,
                        share=share.share,
                        low=share.low,
                        high=share.high,
                    )
                    for one, share in zip(named, group.shares, strict=True)
                ],
            )
            for group in groups
        ],
    )


@router.get("/talks", response=TalkPage, summary="List talks")
def list_talks(request: Asked, query: Query[Paged]) -> TalkPage:
    """Those of which you may see every participant, the newest first."""
    found = talks_for(request.user).prefetch_related("needs", "customers")
    items, last = newest(request, found, query)
    return TalkPage(items=[_talk(one) for one in items], next=last)


@router.post("/talks", response={201: TalkOut}, summary="Note a talk")
def note_talk(request: Asked, wanted: TalkIn, key: IdempotencyKey = "") -> Status[TalkOut]:
    """The leading need becomes the demand type of who took part."""
    require(request.user, RESEARCH)
    made = actions.save_talk(request.user, None, wanted.dict(), key=key)
    return Status(201, _talk(get_object_or_404(talks_for(request.user), pk=made.pk)))


def _talk(one: Talk) -> TalkOut:
    return TalkOut(
        id=one.pk,
        kind=one.kind,
        held_on=one.held_on,
        customers=[customer.code for customer in one.customers.all()],
        text=one.text,
        needs=[need.pk for need in one.needs.all()],
        leading=one.leading_id,
        by=one.by.username,
        version=one.version,
    )
