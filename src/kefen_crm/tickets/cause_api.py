"""What was changed about causes of tickets, for programs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.platform.api.values import Id, IdempotencyKey
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked
from kefen_crm.tickets.cause_changes import note_change, remove_change
from kefen_crm.tickets.cause_effects import CauseEffect, Period, effects
from kefen_crm.tickets.cause_models import CauseChange
from kefen_crm.tickets.permits import SERVE

router = Router(tags=["Tickets"])

CauseName = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]+$")]


class CauseQuery(Schema):
    cause: CauseName


class CausePeriodOut(BaseModel):
    """Tickets of the cause from `first` until before `end`."""

    first: date
    end: date
    tickets: int
    orders: int | None
    per_100_orders: float | None


class CauseChangeOut(BaseModel):
    """A change about a cause."""

    id: int
    cause: str
    text: str
    since: date
    by: str


class CauseEffectOut(CauseChangeOut):
    """With what came of it."""

    before: CausePeriodOut
    after: CausePeriodOut
    unsolved: int = Field(description="Complaints since then without a cause yet.")
    compared_by: Literal["orders", "days"]
    verdict: Literal["fewer", "no-change", "more", "too-few"]


class CauseChangeIn(Schema, extra="forbid"):
    cause: CauseName
    text: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]
    since: date


@router.get("", response=list[CauseEffectOut], summary="What came of changes about a cause")
def list_cause_changes(request: Asked, query: Query[CauseQuery]) -> list[CauseEffectOut]:
    """Of the tickets you may see, the newest change first."""
    return [_effect(one) for one in effects(request.user, query.cause)]


@router.post("", response={201: CauseChangeOut}, summary="Note a change about a cause")
def create_cause_change(
    request: Asked, wanted: CauseChangeIn, key: IdempotencyKey = ""
) -> Status[CauseChangeOut]:
    """What was changed so that fewer tickets come of it, and since when."""
    require(request.user, SERVE)
    change = note_change(request.user, wanted.cause, wanted.text, wanted.since, key=key)
    return Status(201, CauseChangeOut(**_values(change)))


@router.delete("/{int:change_id}", response={204: None}, summary="Take a change back")
def delete_cause_change(request: Asked, change_id: Id) -> Status[None]:
    """It was noted by mistake."""
    require(request.user, SERVE)
    remove_change(request.user, get_object_or_404(CauseChange, pk=change_id))
    return Status(204, None)


def _effect(one: CauseEffect) -> CauseEffectOut:
    return CauseEffectOut(
        **_values(one.change),
        before=_period(one.before),
        after=_period(one.after),
        unsolved=one.unsolved,
        compared_by="orders" if one.by_orders else "days",
        verdict=one.verdict,
    )


def _period(one: Period) -> CausePeriodOut:
    return CausePeriodOut(
        first=one.first, end=one.end, tickets=one.tickets, orders=one.orders,
        per_100_orders=one.rate,
    )  # fmt: skip


def _values(change: CauseChange) -> dict[str, object]:
    plain = {name: getattr(change, name) for name in ("cause", "text", "since")}
    return {**plain, "id": change.pk, "by": change.by.username}
