"""Data quality, for programs: what the checks find, scores over time, values mended at once."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Path, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.api.values import TOOL
from kefen_crm.quality import actions
from kefen_crm.quality.checks import any_of, checks
from kefen_crm.quality.models import Mending, Score
from kefen_crm.quality.pages import DAYS
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Data quality"])

Mended = Annotated[
    Literal[
        "phone",
        "email",
        "name",
        "region",
        "province",
        "city",
        "birthday",
        "founded_on",
        "registered_on",
    ],
    Path(),
]
Id = Annotated[int, Path(ge=1, le=2**62)]
Code = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$")]


class CheckOut(BaseModel):
    """`quality=<name>` narrows the list of customers to those that it finds."""

    name: str = Field(examples=["phone"])
    kind: Literal["missing", "invalid", "stale", "contradictory", "duplicate"]
    title: str
    found: int


class QualityOut(BaseModel):
    customers: int
    found: int = Field(description="Customers whom any check finds.")
    checks: list[CheckOut]


class ScoreOut(BaseModel):
    day: date
    customers: int
    found: int


class ProposalOut(BaseModel):
    customer: str = Field(examples=["C0001"])
    value: str
    proposed: str = Field(description="Empty where no value was meant.")


class MendIn(Schema, extra="forbid"):
    customers: list[Code] = Field(min_length=1, max_length=actions.MOST)


class MendingOut(BaseModel):
    id: int
    field: str
    values: int


class UndoneOut(BaseModel):
    back: int = Field(description="Values that are as before.")
    left: int = Field(description="Values that were changed since, and stay.")


@router.get("", response=QualityOut, summary="What the checks find", openapi_extra=TOOL)
def get_quality(request: Asked) -> QualityOut:
    """Of the customers that you may see."""
    visible, known = visible_to(request.user).order_by(), checks()
    told = [
        CheckOut(
            name=one.name,
            kind=one.kind,
            title=one.title,
            found=visible.filter(one.condition).count(),
        )
        for one in known
    ]
    found = visible.filter(any_of(known)).count()
    return QualityOut(customers=visible.count(), found=found, checks=told)


@router.get("/scores", response=list[ScoreOut], summary="Scores by day")
def list_quality_scores(request: Asked) -> list[ScoreOut]:
    """Of all customers, the newest first."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    days = Score.objects.filter(name="").order_by("-day")[:DAYS]
    return [ScoreOut(day=one.day, customers=one.customers, found=one.found) for one in days]


@router.get("/{field}/proposals", response=list[ProposalOut], summary="What would be mended")
def list_proposals(request: Asked, field: Mended) -> list[ProposalOut]:
    """Values that are none, with what was probably meant; found every night."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    found = actions.proposals(request.user, field)[: actions.MOST]
    return [
        ProposalOut(customer=one.customer.code, value=one.value, proposed=one.proposed or "")
        for one in found
    ]


@router.post("/{field}/mend", response={201: MendingOut}, summary="Mend values")
def mend_values(request: Asked, field: Mended, wanted: MendIn) -> Status[MendingOut]:
    """Writes what was proposed into the field of these customers."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    people = Customer.objects.filter(code__in=wanted.customers)
    chosen = list(people.values_list("pk", flat=True))
    made = actions.mend(request.user, {field: chosen})
    return Status(201, MendingOut(id=made.pk, field=made.name, values=made.values.count()))


@router.post("/mendings/{int:mending_id}/undo", response=UndoneOut, summary="Take a mending back")
def undo_mending(request: Asked, mending_id: Id) -> UndoneOut:
    """One of your own."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    mending = get_object_or_404(Mending, pk=mending_id, by=request.user)
    done = actions.undo(request.user, mending)
    return UndoneOut(back=done.back, left=done.left)
