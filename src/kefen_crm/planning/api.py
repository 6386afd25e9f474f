"""Plans for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.planning import actions, territories
from kefen_crm.planning.models import SavedPlan
from kefen_crm.planning.permits import PLAN
from kefen_crm.platform.api.paging import Known, Page, Paged, newest
from kefen_crm.platform.api.values import Id, IdempotencyKey
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Plans"])
Amount = Annotated[float, Field(ge=0, le=10**12)]


class StatedIn(Schema, extra="forbid"):
    """What a person states of a class."""

    class_key: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    hours: Annotated[float, Field(gt=0, le=10_000)]
    first: Annotated[Amount, Field(description="What the first hour for a customer brings.")]
    fading: Annotated[float, Field(ge=0, le=1)] = 0.5


class PlanIn(Schema, extra="forbid"):
    """Of stated assumptions, or of a campaign: never of both."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    hours: Amount | None = None
    money: Amount | None = None
    stated: Annotated[list[StatedIn], Field(max_length=100)] = []
    campaign: Annotated[int, Field(ge=1, le=2**62)] | None = None
    minutes: Annotated[float, Field(ge=0, le=10_000)] = 0


class PlanClassOut(BaseModel):
    """What a class is given, and what that brings."""

    key: str
    title: str
    customers: int
    hours: float
    money: float
    value: float
    low: float
    high: float
    promised_hours: float
    next_hour: float | None = Field(description="What one more hour for it would bring.")


class SavedPlanOut(BaseModel):
    id: int
    name: str
    source: Literal["stated", "measured"]
    by: str
    created: datetime
    hours: float
    money: float
    value: float
    low: float
    high: float
    hour_price: float = Field(description="What one more hour brings where it brings most.")
    money_price: float
    classes: list[PlanClassOut]


class SavedPlanPage(Page[SavedPlanOut]):
    pass


@router.get("", response=SavedPlanPage, summary="List plans")
def list_saved_plans(request: Asked, query: Query[Paged]) -> SavedPlanPage:
    """The newest first."""
    require(request.user, PLAN)
    items, last = newest(request, SavedPlan.objects.select_related("by"), query)
    return SavedPlanPage(items=[_told(one) for one in items], next=last)


@router.post("", response={201: SavedPlanOut}, summary="Make a plan")
def create_saved_plan(
    request: Asked, wanted: PlanIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[SavedPlanOut]:
    """Hours and money go where they bring most, after what is promised."""
    stated = {one.class_key: one.model_dump(exclude={"class_key"}) for one in wanted.stated}
    made = actions.make(
        request.user,
        wanted.name,
        hours=wanted.hours,
        money=wanted.money,
        stated=stated or None,
        campaign=wanted.campaign,
        minutes=wanted.minutes,
        key=key,
    )
    response["Location"] = f"/api/v1/plans/{made.pk}"
    return Status(201, _told(made))


class TerritoriesQuery(Known):
    cost: Literal["each", "hours"] = Field("each", description="What moving a customer costs.")
    apart: float = Field(3, ge=1, le=1_000, description="Times dearer between departments.")
    share: int = Field(100, ge=1, le=300, description="Promised hours at most, in percent.")


class TerritoryPersonOut(BaseModel):
    """The hours promised to the customers of a person in a year, before and after."""

    user: int
    hours: float = Field(description="There are, of which `share` percent may be promised.")
    before: float
    after: float


class TerritoryPartOut(BaseModel):
    """What one person would give another: `only` of a handover."""

    giver: int
    receiver: int
    customers: list[str] = Field(description="Codes.")
    hours: float


class TerritoriesOut(BaseModel):
    cost: float
    lacking_before: float = Field(description="Hours that people lack in all.")
    lacking_after: float
    proven: bool = Field(description="No proposal lacks fewer hours or costs less.")
    people: list[TerritoryPersonOut]
    parts: list[TerritoryPartOut]


@router.get("/territories", response=TerritoriesOut, summary="Propose territories")
def propose_territories(request: Asked, query: Query[TerritoriesQuery]) -> TerritoriesOut:
    """Whom to give to whom so that everybody's hours suffice; nothing is done by asking."""
    require(request.user, PLAN)
    found = territories.propose(request.user, **query.model_dump())
    return TerritoriesOut(
        cost=found.cost,
        lacking_before=found.lacking[0],
        lacking_after=found.lacking[1],
        proven=found.proven,
        people=[
            TerritoryPersonOut(
                user=one.user.pk, hours=one.hours, before=one.before, after=one.after
            )
            for one in found.people
        ],
        parts=[
            TerritoryPartOut(
                giver=one.giver.pk,
                receiver=one.receiver.pk,
                customers=[each.code for each in one.customers],
                hours=one.hours,
            )
            for one in found.parts
        ],
    )


@router.get("/{int:plan_id}", response=SavedPlanOut, summary="One plan")
def get_saved_plan(request: Asked, plan_id: Id) -> SavedPlanOut:
    """As it was worked out."""
    require(request.user, PLAN)
    return _told(get_object_or_404(SavedPlan.objects.select_related("by"), pk=plan_id))


def _told(one: SavedPlan) -> SavedPlanOut:
    result = one.result
    low, high = result["interval"]
    return SavedPlanOut(
        id=one.pk,
        name=one.name,
        source=one.source,
        by=one.by.display_name,
        created=one.created,
        low=low,
        high=high,
        **{n: result[n] for n in ("hours", "money", "value", "hour_price", "money_price")},
        classes=[
            PlanClassOut(
                low=row["interval"][0],  # type: ignore[index]
                high=row["interval"][1],  # type: ignore[index]
                **{n: row[n] for n in PlanClassOut.model_fields if n in row},
            )
            for row in one.rows
        ],
    )
