"""Dunning for programs: what is proposed, approved, sent or stopped."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema
from pydantic import BaseModel

from kefen_crm.dunning import actions, queries
from kefen_crm.dunning.models import Step
from kefen_crm.dunning.permits import DUN
from kefen_crm.platform.api.paging import OfCustomer, Page, newest
from kefen_crm.platform.api.values import IdempotencyKey
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Dunning"])

Id = Annotated[int, Path(ge=1, le=2**62)]
Ids = Annotated[list[Annotated[int, Field(ge=1, le=2**62)]], Field(min_length=1, max_length=1_000)]
State = Literal[
    "proposed", "approved", "sending", "done", "stopped", "rejected", "failed", "unsure"
]


class DunnedOut(BaseModel):
    """An invoice of a step; `amount` is what is dunned for, `open` what was open of it."""

    number: str
    issued_on: date
    due_on: date
    days_late: int
    open: Decimal
    amount: Decimal
    level: str


class StepOut(BaseModel):
    """A letter, a call or a hold about a customer's late invoices; money in the base currency."""

    id: int
    customer: str
    level: Literal["reminder", "second", "final", "call", "hold"]
    state: State
    channel: Literal["mail", "print", "task", "hold"]
    rule: str
    proposed_on: date
    amount: Decimal
    days_late: int
    to: str
    subject: str
    text: str = Field(description="As approved; empty while it is only proposed.")
    why: str = Field(description="Why it did not go on, such as `payment`; empty when it did.")
    note: str
    moved_at: datetime
    version: int
    invoices: list[DunnedOut]


class StepPage(Page[StepOut]):
    pass


class StepQuery(OfCustomer):
    state: State | None = None


class StepsIn(Schema, extra="forbid"):
    steps: Ids


class RejectIn(StepsIn):
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$")]


class CountOut(BaseModel):
    """How many steps it was done to; those of another state by now are left out."""

    count: int


class SettleIn(Schema, extra="forbid"):
    sent: bool


class TakeBackQuery(Schema):
    version: int | None = Field(None, ge=1, description="Refused when it is another by now.")


@router.get("/steps", response=StepPage, summary="List the steps of dunning")
def list_dunning_steps(request: Asked, query: Query[StepQuery]) -> StepPage:
    """About customers you may see, the newest first."""
    found = queries.steps_for(request.user).prefetch_related("invoices")
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.state:
        found = found.filter(state=query.state)
    items, last = newest(request, found, query)
    return StepPage(items=[_step(one) for one in items], next=last)


@router.post("/propose", response=CountOut, summary="Propose steps anew")
def propose_dunning_steps(request: Asked) -> CountOut:
    """As the clock does every morning, by the rules in force; what is approved stays."""
    return CountOut(count=actions.propose_anew(request.user))


@router.post("/approve", response=CountOut, summary="Approve steps")
def approve_dunning_steps(request: Asked, wanted: StepsIn, key: IdempotencyKey = "") -> CountOut:
    """Letters go by mail or wait to be printed, calls become tasks, holds are placed."""
    return CountOut(count=actions.approve(request.user, wanted.steps, key=key))


@router.post("/reject", response=CountOut, summary="Reject steps")
def reject_dunning_steps(request: Asked, wanted: RejectIn) -> CountOut:
    """They come again after the quiet days."""
    return CountOut(count=actions.reject(request.user, wanted.steps, wanted.reason))


@router.post("/print", response=list[StepOut], summary="Take letters on paper for sent")
def print_dunning_steps(request: Asked, wanted: StepsIn) -> list[StepOut]:
    """Gives the letters to print; one that something speaks against by now is stopped."""
    return [_step(one) for one in actions.print_out(request.user, wanted.steps)]


@router.post("/steps/{int:step_id}/take-back", response=StepOut, summary="Take an approval back")
def take_back_dunning_step(request: Asked, step_id: Id, query: Query[TakeBackQuery]) -> StepOut:
    """Only before it is sent."""
    found = _found(request, step_id)
    return _step(actions.take_back(request.user, found, expected_version=query.version))


@router.post("/steps/{int:step_id}/settle", response=StepOut, summary="Say whether it was sent")
def settle_dunning_step(request: Asked, step_id: Id, wanted: SettleIn) -> StepOut:
    """Of a letter that was perhaps sent; if it was not, it is proposed again."""
    found = _found(request, step_id)
    actions.settle(request.user, found, sent=wanted.sent)
    return _step(_found(request, step_id))


def _found(request: Asked, step_id: int) -> Step:
    require(request.user, DUN)
    return get_object_or_404(queries.steps_for(request.user), pk=step_id)


def _step(one: Step) -> StepOut:
    plain = StepOut.model_fields.keys() - {"id", "customer", "invoices"}
    return StepOut(
        **{name: getattr(one, name) for name in plain},
        id=one.pk,
        customer=one.customer.code,
        invoices=[
            DunnedOut(**{name: getattr(each, name) for name in DunnedOut.model_fields})
            for each in one.invoices.all()
        ],
    )
