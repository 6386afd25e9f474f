"""Tenders for programs: written down, followed, brought from state to state."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.api_named import customer_of, user_of
from kefen_crm.key_accounts import tenders
from kefen_crm.key_accounts.api.accounts import Text
from kefen_crm.key_accounts.deadlines import upcoming
from kefen_crm.key_accounts.models import Tender
from kefen_crm.key_accounts.records import visible
from kefen_crm.opportunities.models import Opportunity
from kefen_crm.opportunities.permits import SELL
from kefen_crm.opportunities.queries import opportunities_for
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import (
    Code,
    Day,
    Id,
    IdempotencyKey,
    Moment,
    Reason,
    Short,
    Version,
    Whole,
)
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Key accounts"])

TenderState = Literal["watching", "preparing", "submitted", "won", "lost", "withdrawn"]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Number = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")]


class NeedOut(BaseModel):
    """Something that a bid needs."""

    text: str
    done: bool


class NeedIn(Schema, extra="forbid"):
    text: Title
    done: bool = False


class TenderOut(BaseModel):
    """A tender as it is now."""

    id: int
    number: str = Field(examples=["B-000012"])
    customer: str = Field(examples=["C0001"])
    opportunity: int | None
    title: str
    reference: str = Field(description="The number that the customer gave it.")
    published_on: date | None
    questions_until: date | None
    due_at: datetime
    opens_at: datetime | None
    amount: Decimal | None
    bond: Decimal | None
    bond_paid_on: date | None
    bond_back_on: date | None
    state: TenderState
    reason: str
    owner: str | None = Field(description="A user name.", examples=["carol"])
    checklist: list[NeedOut]
    note: str
    version: int


class TenderPage(Page[TenderOut]):
    pass


class TenderQuery(Paged):
    customer: Short = Field("", description="Its code.")
    owner: Short = Field("", description="A user name.")
    state: TenderState | None = None


class DeadlineOut(BaseModel):
    """Something of a tender that is due."""

    tender: int
    what: Literal["questions", "due", "opening"]
    on: date
    at: datetime | None
    working_days_left: int
    missed: bool


class _Said(Schema, extra="forbid"):
    reference: Number | None = None
    opportunity: Annotated[Whole, Field(ge=1, le=2**62)] | None = None
    published_on: Day | None = None
    questions_until: Day | None = None
    opens_at: Moment | None = None
    amount: Money | None = None
    bond: Money | None = None
    bond_paid_on: Day | None = None
    bond_back_on: Day | None = None
    owner: Short | None = Field(None, description="A user name; empty for nobody.")
    checklist: Annotated[list[NeedIn], Field(max_length=tenders.MOST_ITEMS)] | None = None
    note: Text | None = None


class TenderIn(_Said, extra="forbid"):
    customer: Code
    title: Title
    due_at: Moment


class TenderChange(_Said, extra="forbid"):
    title: Title | None = None
    due_at: Moment | None = None
    version: Version = None


class TenderMove(Schema, extra="forbid"):
    state: TenderState
    reason: Reason = ""
    version: Version = None


@router.get("", response=TenderPage, summary="List tenders")
def list_tenders(request: Asked, query: Query[TenderQuery]) -> TenderPage:
    """Of customers you may see, the newest first."""
    found = visible(Tender, request.user).select_related("customer", "owner")
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.owner:
        found = found.filter(owner__username=query.owner)
    if query.state:
        found = found.filter(state=query.state)
    items, last = newest(request, found, query)
    return TenderPage(items=[_out(one) for one in items], next=last)


@router.post("", response={201: TenderOut}, summary="Note a tender")
def open_tender(
    request: Asked, wanted: TenderIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[TenderOut]:
    """It is watched at first, and yours unless `owner` says otherwise."""
    require(request.user, SELL)
    customer = customer_of(request, wanted.customer)
    one = tenders.open_tender(request.user, customer, _values(request, wanted), key=key)
    response["Location"] = f"/api/v1/tenders/{one.pk}"
    return Status(201, _out(one))


@router.get("/due", response=list[DeadlineOut], summary="What is due of tenders")
def list_deadlines(request: Asked) -> list[DeadlineOut]:
    """In the next 45 days, the next first, with the bids that were missed."""
    found = upcoming(visible(Tender, request.user).select_related("customer"), timezone.now())
    return [
        DeadlineOut(
            tender=one.tender.pk, what=one.what, on=one.on, at=one.at, working_days_left=one.left,
            missed=one.missed,
        )
        for one in found
    ]  # fmt: skip


@router.get("/{int:tender_id}", response=TenderOut, summary="One tender")
def get_tender(request: Asked, tender_id: Id) -> TenderOut:
    """As it is now."""
    return _out(_one(request, tender_id))


@router.patch("/{int:tender_id}", response=TenderOut, summary="Change a tender")
def change_tender(
    request: Asked, tender_id: Id, wanted: TenderChange, key: IdempotencyKey = ""
) -> TenderOut:
    """What the body does not speak of stays; null empties a day, an amount or the opportunity."""
    require(request.user, SELL)
    one = _one(request, tender_id)
    values = _values(request, wanted)
    return _out(tenders.change(request.user, one, values, expected_version=wanted.version, key=key))


@router.post("/{int:tender_id}/move", response=TenderOut, summary="Bring to another state")
def move_tender(
    request: Asked, tender_id: Id, wanted: TenderMove, key: IdempotencyKey = ""
) -> TenderOut:
    """What is lost, withdrawn or taken up again has a reason."""
    require(request.user, SELL)
    one = _one(request, tender_id)
    moved = tenders.move(
        request.user, one, wanted.state, wanted.reason, expected_version=wanted.version, key=key
    )
    return _out(moved)


_EMPTIED = {
    "opportunity", "published_on", "questions_until", "opens_at", "amount", "bond", "bond_paid_on",
    "bond_back_on",
}  # fmt: skip
_PLAIN = (
    "number", "title", "reference", "published_on", "questions_until", "due_at", "opens_at",
    "amount", "bond", "bond_paid_on", "bond_back_on", "state", "reason", "checklist", "note",
    "version",
)  # fmt: skip


def _values(request: Asked, wanted: TenderIn | TenderChange) -> dict[str, Any]:
    """What a body says; null of a text says nothing."""
    said = wanted.dict(exclude_unset=True, exclude={"customer", "version"})
    values = {name: one for name, one in said.items() if one is not None or name in _EMPTIED}
    if wanted.checklist is not None:
        values["checklist"] = [one.dict() for one in wanted.checklist]
    if "owner" in values:
        values["owner"] = user_of(values["owner"]) if values["owner"] else None
    if values.get("opportunity") is not None:
        values["opportunity"] = _opportunity(request, values["opportunity"])
    return values


def _opportunity(request: Asked, pk: int) -> Opportunity:
    found = opportunities_for(request.user).filter(pk=pk).first()
    if found is None:
        raise unknown("unknown-opportunity", str(pk), "opportunity")
    return found


def _one(request: Asked, pk: int) -> Tender:
    found = visible(Tender, request.user).select_related("customer", "owner")
    return get_object_or_404(found, pk=pk)


def _out(one: Tender) -> TenderOut:
    plain: dict[str, Any] = {name: getattr(one, name) for name in _PLAIN}
    owner = one.owner.username if one.owner else None
    return TenderOut(
        id=one.pk, customer=one.customer.code, opportunity=one.opportunity_id, owner=owner, **plain
    )
