"""How customers buy, step by step, and what is planned with them, for programs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import visible_to
from kefen_crm.key_accounts import plans
from kefen_crm.key_accounts.api.accounts import CodeInPath, contact_of
from kefen_crm.key_accounts.api.tenders import Money
from kefen_crm.key_accounts.models import ApprovalStep, PlanItem
from kefen_crm.key_accounts.records import visible
from kefen_crm.key_accounts.white_space import white_space_of
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.api.paging import Known
from kefen_crm.platform.api.values import TOOL, Day, Id, IdempotencyKey, Reason, Version, Whole
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Key accounts"])

Place = Annotated[Whole, Field(ge=0, le=1_000)]
Days = Annotated[Whole, Field(ge=0, le=1_000)]
Who = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]+$")]
What = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]+$")]
Words = Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]
Weight = Annotated[Whole, Field(ge=1, le=3)]


class ApprovalStepOut(BaseModel):
    """A step of a customer's buying."""

    id: int
    position: int
    title: str = Field(description="Who approves.")
    contact: int | None = Field(description="The id of a contact.")
    from_amount: Decimal = Field(description="It is needed from this amount on.")
    days: int | None = Field(description="Working days that it usually takes.")
    documents: str
    version: int


class ProcurementOut(BaseModel):
    """The steps that a purchase goes through."""

    steps: list[ApprovalStepOut]
    days: int = Field(description="Working days of all steps of which it is known.")
    unknown: int = Field(description="Steps of which it is not.")


class ProcurementQuery(Known):
    amount: Money | None = Field(None, description="Only the steps that this amount needs.")


class StepIn(Schema, extra="forbid"):
    title: Who
    position: Place = 1
    contact: Annotated[Whole, Field(ge=1, le=2**62)] | None = None
    from_amount: Money = Decimal(0)
    days: Days | None = None
    documents: Reason = ""


class StepChange(Schema, extra="forbid"):
    title: Who | None = None
    position: Place | None = None
    contact: Annotated[Whole, Field(ge=1, le=2**62)] | None = None
    from_amount: Money | None = None
    days: Days | None = None
    documents: Reason | None = None
    version: Version = None


class ItemOut(BaseModel):
    """A goal or a risk."""

    id: int
    kind: Literal["goal", "risk"]
    text: str
    by_on: date | None
    measure: str
    weight: int = Field(description="From 1 to 3.")
    state: Literal["open", "done", "dropped"]
    version: int


class ItemIn(Schema, extra="forbid"):
    kind: Literal["goal", "risk"] = "goal"
    text: What
    by_on: Day | None = None
    measure: Words = ""
    weight: Weight = 2


class ItemChange(Schema, extra="forbid"):
    text: What | None = None
    by_on: Day | None = None
    measure: Words | None = None
    weight: Weight | None = None
    state: Literal["open", "done", "dropped"] | None = None
    version: Version = None


class CategoryOut(BaseModel):
    """A category that is usual in the class, of which the customer buys less than is typical."""

    category: str
    share: float = Field(description="Of the customers of the class, those that buy it; 0 to 1.")
    typical: Decimal = Field(description="The median of what these buy in a year.")
    own: Decimal


class WhiteSpaceOut(BaseModel):
    """What customers of the same class buy and this one does not, over a year."""

    scheme: str | None
    class_key: str
    peers: int = Field(description="Customers of the class that bought anything.")
    categories: list[CategoryOut]


@router.get("/{customer_code}/procurement", response=ProcurementOut, summary="How it buys")
def get_procurement(
    request: Asked, customer_code: CodeInPath, query: Query[ProcurementQuery]
) -> ProcurementOut:
    """The steps in their order; with `amount` those that it needs."""
    found = plans.way(_customer(request, customer_code).approval_steps.all(), query.amount)
    steps = [_step(one) for one in found.steps]
    return ProcurementOut(steps=steps, days=found.days, unknown=found.unknown)


@router.post("/{customer_code}/procurement", response={201: ApprovalStepOut}, summary="Add a step")
def add_approval_step(
    request: Asked, customer_code: CodeInPath, wanted: StepIn, key: IdempotencyKey = ""
) -> Status[ApprovalStepOut]:
    """Who approves, and from which amount on."""
    require(request.user, SELL)
    values = wanted.dict() | {"contact": contact_of(request, wanted.contact, "contact")}
    customer = _customer(request, customer_code)
    return Status(201, _step(plans.add_step(request.user, customer, values, key=key)))


@router.patch("/steps/{int:step_id}", response=ApprovalStepOut, summary="Change a step")
def change_approval_step(
    request: Asked, step_id: Id, wanted: StepChange, key: IdempotencyKey = ""
) -> ApprovalStepOut:
    """What the body does not speak of stays; null empties the contact or the days."""
    require(request.user, SELL)
    one = get_object_or_404(visible(ApprovalStep, request.user), pk=step_id)
    values = _values(wanted, {"contact", "days"})
    if "contact" in values:
        values["contact"] = contact_of(request, wanted.contact, "contact")
    changed = plans.change_step(request.user, one, values, expected_version=wanted.version, key=key)
    return _step(changed)


@router.delete("/steps/{int:step_id}", response={204: None}, summary="Take a step away")
def remove_approval_step(request: Asked, step_id: Id, key: IdempotencyKey = "") -> Status[None]:
    """Its event tells what it was."""
    require(request.user, SELL)
    plans.remove_step(request.user, ApprovalStep(pk=step_id), key=key)
    return Status(204, None)


@router.get("/{customer_code}/plan", response=list[ItemOut], summary="Goals and risks")
def get_plan(request: Asked, customer_code: CodeInPath) -> list[ItemOut]:
    """The weightiest first, those that are done or dropped too."""
    return [_item(one) for one in _customer(request, customer_code).plan_items.all()]


@router.post("/{customer_code}/plan", response={201: ItemOut}, summary="Add a goal or a risk")
def add_plan_item(
    request: Asked, customer_code: CodeInPath, wanted: ItemIn, key: IdempotencyKey = ""
) -> Status[ItemOut]:
    """It is open."""
    require(request.user, SELL)
    customer = _customer(request, customer_code)
    return Status(201, _item(plans.add_item(request.user, customer, wanted.dict(), key=key)))


@router.patch("/plan-items/{int:item_id}", response=ItemOut, summary="Change a goal or a risk")
def change_plan_item(
    request: Asked, item_id: Id, wanted: ItemChange, key: IdempotencyKey = ""
) -> ItemOut:
    """What the body does not speak of stays; null empties the day."""
    require(request.user, SELL)
    one = get_object_or_404(visible(PlanItem, request.user), pk=item_id)
    values = _values(wanted, {"by_on"})
    return _item(
        plans.change_item(request.user, one, values, expected_version=wanted.version, key=key)
    )


@router.get(
    "/{customer_code}/white-space",
    response=WhiteSpaceOut,
    summary="White space",
    openapi_extra=TOOL,
)
def get_white_space(request: Asked, customer_code: CodeInPath) -> WhiteSpaceOut:
    """By category, against customers of the same class of the leading scheme."""
    found = white_space_of(_customer(request, customer_code))
    return WhiteSpaceOut(
        scheme=found.scheme.name if found.scheme else None,
        class_key=found.class_key,
        peers=found.peers,
        categories=[
            CategoryOut(category=one.name, share=float(one.share), typical=one.typical, own=one.own)
            for one in found.categories
        ],
    )


def _values(wanted: Schema, emptied: set[str]) -> dict[str, Any]:
    said = wanted.dict(exclude_unset=True, exclude={"version"})
    return {name: one for name, one in said.items() if one is not None or name in emptied}


def _customer(request: Asked, code: str) -> Customer:
    found: Customer = get_object_or_404(visible_to(request.user), code=code)
    return found


def _step(one: ApprovalStep) -> ApprovalStepOut:
    names = ("position", "title", "from_amount", "days", "documents", "version")
    plain: dict[str, Any] = {name: getattr(one, name) for name in names}
    return ApprovalStepOut(id=one.pk, contact=one.contact_id, **plain)


def _item(one: PlanItem) -> ItemOut:
    names = ("kind", "text", "by_on", "measure", "weight", "state", "version")
    plain: dict[str, Any] = {name: getattr(one, name) for name in names}
    return ItemOut(id=one.pk, **plain)
