"""Opportunities for programs: opened, moved through their stages, won, lost; the forecast."""

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
from kefen_crm.opportunities import actions
from kefen_crm.opportunities import forecast as forecasts
from kefen_crm.opportunities.models import GATES, Opportunity, Stage
from kefen_crm.opportunities.permits import SELL
from kefen_crm.opportunities.queries import opportunities_for
from kefen_crm.opportunities.stages import MOST_LINES
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import TOOL, Code, Id, IdempotencyKey, Reason, Short, Version
from kefen_crm.platform.calendar import current
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Opportunities"])

State = Literal["open", "won", "lost"]
Why = Literal[
    "price", "product", "delivery", "service", "relation", "terms", "need", "silence", "other", ""
]
Gate = Literal["amount", "close_on", "need", "contact", "products", "competitor", "next_step"]
Words = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]
Number = Annotated[Decimal, Field(ge=0, lt=10**12, decimal_places=4)]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 1, 1))]


class ProductLine(Schema, extra="forbid"):
    """Something that would be bought."""

    product: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]+$")]
    quantity: Number = Decimal(1)
    price: Number | None = None


class OpportunityOut(BaseModel):
    """An opportunity as it is now."""

    id: int
    number: str = Field(examples=["O-000012"])
    customer: str = Field(examples=["C0001"])
    title: str
    amount: Decimal | None = Field(description="In the base currency.")
    close_on: date | None = Field(description="When the order is expected.")
    stage: str = Field(description="Its key.", examples=["offer"])
    state: State
    owner: str | None = Field(description="A user name.", examples=["carol"])
    contact: str = Field(description="Who decides.")
    need: str
    competitor: str
    products: list[ProductLine]
    next_step: str
    waiting_until: date | None = Field(description="The customer decides until then: no rot.")
    waiting_for: str
    rotten: bool = Field(description="Nothing moved for longer than its stage allows.")
    opened_at: datetime
    moved_at: datetime
    closed_on: date | None
    reason: Why
    note: str
    order: str = Field(description="The order that was noted for it.", examples=["N-000007"])
    version: int


class OpportunityPage(Page[OpportunityOut]):
    pass


class OpportunityQuery(Paged):
    customer: Short = Field("", description="Its code.")
    owner: Short = Field("", description="A user name.")
    state: State | None = None
    stage: Short = Field("", description="Its key.")


class _Said(Schema, extra="forbid"):
    amount: Money | None = None
    close_on: Day | None = None
    contact: Words | None = None
    need: Reason | None = None
    competitor: Words | None = None
    products: Annotated[list[ProductLine], Field(max_length=MOST_LINES)] | None = None
    next_step: Short | None = None
    waiting_until: Day | None = None
    waiting_for: Short | None = None


class OpportunityIn(_Said, extra="forbid"):
    customer: Code
    title: Title
    stage: Short = Field("", description="Its key; by default the first.")
    owner: Short = Field("", description="A user name; by default yours.")


class OpportunityChange(_Said, extra="forbid"):
    title: Title | None = None
    version: Version = None


class OpportunityMove(_Said, extra="forbid"):
    stage: Short = Field(description="Its key.", examples=["offer"])
    version: Version = None


class OpportunityWon(Schema, extra="forbid"):
    amount: Money | None = Field(None, description="By default what it was to bring.")
    closed_on: Day | None = Field(None, description="By default today.")
    reason: Why = ""
    note: Reason = ""
    note_order: bool = Field(False, description="Also note the order as a fact; needs that permit.")
    version: Version = None


class OpportunityLost(Schema, extra="forbid"):
    reason: Why = Field(min_length=1)
    closed_on: Day | None = Field(None, description="By default today.")
    competitor: Words = ""
    note: Reason = ""
    version: Version = None


class OpportunityReopening(Schema, extra="forbid"):
    reason: Reason = Field(min_length=1)
    version: Version = None


class OpportunityGiving(Schema, extra="forbid"):
    owner: Short = Field(description="A user name; empty for nobody.", examples=["carol"])
    version: Version = None


class StageOut(BaseModel):
    """A stage, with how likely its opportunities are won."""

    key: str = Field(examples=["offer"])
    title: str
    used: bool
    rot_days: int | None
    gates: list[Gate] = Field(description="What has to be known before it.")
    probability: float = Field(description="0 to 1; measured, or else as the company says.")
    measured: bool
    low: float | None = Field(description="Of its 95 % interval, where it is measured.")
    high: float | None
    won: int
    ended: int = Field(
        description="Opportunities of the stage that ended, of which `won` were won."
    )


class ExpectedOut(BaseModel):
    """What a group is likely to bring, in the base currency."""

    key: str = Field(description="The month, or the user name.", examples=["2026-11"])
    count: int
    amount: Decimal = Field(description="If all were won.")
    expected: Decimal
    low: Decimal = Field(description="Above it in nine of ten cases.")
    high: Decimal
    won: Decimal = Field(description="Won already.")


class PastOut(BaseModel):
    """A month as it was forecast on its first day, and what came."""

    month: str = Field(examples=["2026-10"])
    expected: Decimal
    low: Decimal
    high: Decimal
    came: Decimal


class ForecastOut(BaseModel):
    """By month of the expected day and by person; `passed` and `undated` are in no month."""

    months: list[ExpectedOut]
    people: list[ExpectedOut]
    together: ExpectedOut
    passed: ExpectedOut
    undated: ExpectedOut
    past: list[PastOut]


@router.get("", response=OpportunityPage, summary="List opportunities", openapi_extra=TOOL)
def list_opportunities(request: Asked, query: Query[OpportunityQuery]) -> OpportunityPage:
    """Of customers you may see, the newest first."""
    found = opportunities_for(request.user).select_related("customer", "owner", "stage")
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.owner:
        found = found.filter(owner__username=query.owner)
    if query.state:
        found = found.filter(state=query.state)
    if query.stage:
        found = found.filter(stage__key=query.stage)
    items, last = newest(request, found, query)
    return OpportunityPage(items=[_out(one) for one in items], next=last)


@router.post("", response={201: OpportunityOut}, summary="Open an opportunity", openapi_extra=TOOL)
def open_opportunity(
    request: Asked, wanted: OpportunityIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[OpportunityOut]:
    """What its stage asks for has to be known."""
    require(request.user, SELL)
    values = _said(wanted) | {"title": wanted.title}
    if wanted.owner:
        values["owner"] = user_of(wanted.owner)
    if wanted.stage:
        values["stage"] = _stage(wanted.stage)
    customer = customer_of(request, wanted.customer)
    one = actions.open_opportunity(request.user, customer, values, key=key)
    response["Location"] = f"/api/v1/opportunities/{one.pk}"
    return Status(201, _out(one))


@router.get("/stages", response=list[StageOut], summary="The stages of the pipeline")
def list_stages(request: Asked) -> list[StageOut]:  # noqa: ARG001  # Ninja passes it
    """With what each asks for, and how likely its opportunities are won."""
    return [
        StageOut(
            key=one.key, title=one.title, used=one.used, rot_days=one.rot_days,
            gates=[gate for gate in GATES if gate in one.gates],
            probability=chance.share, measured=chance.measured, low=chance.low, high=chance.high,
            won=chance.won, ended=chance.ended,
        )
        for one, chance in forecasts.chances(_today())
    ]  # fmt: skip


@router.get(
    "/forecast",
    response=ForecastOut,
    summary="What the pipeline is likely to bring",
    openapi_extra=TOOL,
)
def get_forecast(request: Asked) -> ForecastOut:
    """By month and person, of the customers you may see; and what past forecasts were worth."""
    found = forecasts.forecast(request.user, _today())
    names = dict(opportunities_for(request.user).values_list("owner", "owner__username"))
    return ForecastOut(
        months=[_expected(one, f"{one.key:%Y-%m}") for one in found.months],
        people=[_expected(one, names.get(one.key[1]) or "") for one in found.people],
        together=_expected(found.together, "together"),
        passed=_expected(found.passed, "passed"),
        undated=_expected(found.undated, "undated"),
        past=[
            PastOut(month=f"{one.month:%Y-%m}", expected=one.forecast.expected,
                    low=one.forecast.low, high=one.forecast.high, came=one.came)
            for one in forecasts.past(request.user, _today())
        ],
    )  # fmt: skip


@router.get(
    "/{int:opportunity_id}", response=OpportunityOut, summary="One opportunity", openapi_extra=TOOL
)
def get_opportunity(request: Asked, opportunity_id: Id) -> OpportunityOut:
    """As it is now."""
    return _out(_one(request, opportunity_id))


@router.patch("/{int:opportunity_id}", response=OpportunityOut, summary="Change an opportunity")
def change_opportunity(
    request: Asked, opportunity_id: Id, wanted: OpportunityChange, key: IdempotencyKey = ""
) -> OpportunityOut:
    """What the body does not speak of stays; null empties an amount or a day."""
    require(request.user, SELL)
    values = _said(wanted) | ({"title": wanted.title} if wanted.title else {})
    one = _one(request, opportunity_id)
    return _out(actions.change(request.user, one, values, expected_version=wanted.version, key=key))


@router.post(
    "/{int:opportunity_id}/move",
    response=OpportunityOut,
    summary="Move to a stage",
    openapi_extra=TOOL,
)
def move_opportunity(
    request: Asked, opportunity_id: Id, wanted: OpportunityMove, key: IdempotencyKey = ""
) -> OpportunityOut:
    """What the stage asks for has to be known, or be in the body."""
    require(request.user, SELL)
    one, stage = _one(request, opportunity_id), _stage(wanted.stage)
    moved = actions.move(
        request.user, one, stage, _said(wanted), expected_version=wanted.version, key=key
    )
    return _out(moved)


@router.post("/{int:opportunity_id}/win", response=OpportunityOut, summary="Win an opportunity")
def win_opportunity(
    request: Asked, opportunity_id: Id, wanted: OpportunityWon, key: IdempotencyKey = ""
) -> OpportunityOut:
    """`note_order` notes the order as well, where orders are not imported."""
    require(request.user, SELL)
    values = wanted.dict(exclude={"version", "note_order"})
    one = actions.win(
        request.user, _one(request, opportunity_id), values, note_order=wanted.note_order,
        expected_version=wanted.version, key=key,
    )  # fmt: skip
    return _out(one)


@router.post("/{int:opportunity_id}/lose", response=OpportunityOut, summary="Lose an opportunity")
def lose_opportunity(
    request: Asked, opportunity_id: Id, wanted: OpportunityLost, key: IdempotencyKey = ""
) -> OpportunityOut:
    """With the reason."""
    require(request.user, SELL)
    values = wanted.dict(exclude={"version"})
    one = _one(request, opportunity_id)
    return _out(actions.lose(request.user, one, values, expected_version=wanted.version, key=key))


@router.post("/{int:opportunity_id}/reopen", response=OpportunityOut, summary="Reopen one")
def reopen_opportunity(
    request: Asked, opportunity_id: Id, wanted: OpportunityReopening, key: IdempotencyKey = ""
) -> OpportunityOut:
    """Refused while an order that was noted for it counts."""
    require(request.user, SELL)
    one = _one(request, opportunity_id)
    return _out(
        actions.reopen(request.user, one, wanted.reason, expected_version=wanted.version, key=key)
    )


@router.post("/{int:opportunity_id}/give", response=OpportunityOut, summary="Give to somebody")
def give_opportunity(
    request: Asked, opportunity_id: Id, wanted: OpportunityGiving, key: IdempotencyKey = ""
) -> OpportunityOut:
    """Who may sell, or to nobody."""
    require(request.user, SELL)
    one = _one(request, opportunity_id)
    owner = user_of(wanted.owner) if wanted.owner else None
    return _out(actions.give(request.user, one, owner, expected_version=wanted.version, key=key))


def _one(request: Asked, pk: int) -> Opportunity:
    found = opportunities_for(request.user).select_related("customer", "owner", "stage")
    one: Opportunity = get_object_or_404(found, pk=pk)
    return one


def _stage(key: str) -> Stage:
    found = Stage.objects.filter(key=key).first()
    if found is None:
        raise unknown("unknown-stage", key, "stage")
    return found


def _today() -> date:
    return current().today(timezone.now())


def _said(wanted: _Said) -> dict[str, Any]:
    """What a body says; null of a text says nothing."""
    said = wanted.dict(exclude_unset=True)
    values = {name: said[name] for name in actions.CHANGEABLE if name in said and name != "title"}
    if values.get("products") is not None:
        values["products"] = [
            {name: str(value) for name, value in line.items() if value is not None}
            for line in values["products"]
        ]
    empty = {"amount", "close_on", "waiting_until"}
    return {name: one for name, one in values.items() if one is not None or name in empty}


_PLAIN = (
    "number", "title", "amount", "close_on", "state", "contact", "need", "competitor", "products",
    "next_step", "waiting_until", "waiting_for", "opened_at", "moved_at", "closed_on", "reason",
    "note", "order", "version",
)  # fmt: skip


def _out(one: Opportunity) -> OpportunityOut:
    plain: dict[str, Any] = {name: getattr(one, name) for name in _PLAIN}
    now = timezone.now()
    return OpportunityOut(
        **plain,
        id=one.pk,
        customer=one.customer.code,
        stage=one.stage.key,
        owner=one.owner.username if one.owner else None,
        rotten=one.rotten(now, current().today(now)),
    )


def _expected(one: forecasts.Expected, key: str) -> ExpectedOut:
    names = ("count", "amount", "expected", "low", "high", "won")
    return ExpectedOut(key=key, **{name: getattr(one, name) for name in names})
