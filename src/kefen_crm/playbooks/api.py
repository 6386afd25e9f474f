"""Playbooks for programs: what customers are promised, what was spent, hours, promised and done.

The playbooks themselves are rules of the kind `playbook`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.api_named import customer_of, user_of
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.platform.api.paging import Known, OfCustomer, Page, newest
from kefen_crm.platform.api.values import (
    TOOL,
    Code,
    Day,
    Id,
    IdempotencyKey,
    Reason,
    Version,
    Whole,
)
from kefen_crm.playbooks import execution, reading, spending, staffing, trials
from kefen_crm.playbooks.capacity import outlook
from kefen_crm.playbooks.document import SERVICES, in_force
from kefen_crm.playbooks.models import Commitment, Spend, Staff
from kefen_crm.playbooks.permits import SET, SPEND
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Playbooks"])

Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2, examples=["200.00"])]
Hours = Annotated[Decimal, Field(ge=0, max_digits=7, decimal_places=2, examples=["1.5"])]
Kind = Literal["support", "training", "customising", "gift", "discount", "other"]


class CommitmentOut(BaseModel):
    """What a customer is promised a year, since when; `until` is empty while it holds."""

    id: int
    customer: str
    playbook: str
    version: int
    since: date
    until: date | None
    hours: int
    visits: int
    budget: int
    support: int
    training: int
    customising: int


class PlayTrialOut(BaseModel):
    """What a play brought against the customers that it left out, of sales a customer."""

    playbook: str
    play: Literal["rising", "falling", "at_risk"]
    drawn: int
    left_out: int
    measured_treated: int
    measured_left_out: int
    uplift: float | None
    low: float | None
    high: float | None
    verdict: Literal["gain", "harm", "nothing", "too-few", "mismatch"]


class CommitmentPage(Page[CommitmentOut]):
    pass


class SpendOut(BaseModel):
    """Something that was spent on a customer, money in the base currency."""

    id: int
    customer: str
    kind: Kind
    on: date
    hours: Decimal
    money: Decimal
    text: str
    state: Literal["noted", "withdrawn"]
    by: str
    version: int


class SpendPage(Page[SpendOut]):
    pass


class SpendIn(Schema, extra="forbid"):
    customer: Code
    kind: Kind
    on: Day
    hours: Hours = Decimal(0)
    money: Money = Decimal(0)
    text: Reason = ""


class WithdrawQuery(Known):
    reason: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")
    version: int | None = Field(None, ge=1, description="Refused when it is another by now.")


class DoneOut(BaseModel):
    """Promised until today and done this year, of the customers of a playbook."""

    playbook: str
    user: str | None
    customers: int
    promised: dict[str, float] = Field(description="As far as the year has gone.")
    hours: float
    visits: int
    contacts: int
    money: float
    discounts: float
    services: dict[str, int]
    in_time: int
    late: int
    skipped: int
    open_late: int
    reasons: dict[str, int] = Field(description="Why tasks were skipped.")
    points: int


class DoneQuery(Known):
    by: Literal["class", "person"] = "class"


class MonthLoad(BaseModel):
    month: date
    promised: float
    capacity: float


class StaffOut(BaseModel):
    """A person's hours for customers, and what is promised of them."""

    user: str
    hours_week: Decimal
    share: int = Field(description="Percent of the hours that are for customers.")
    ceiling: int = Field(description="Customers at most; 0 for no ceiling.")
    assumed: bool = Field(description="Nobody said it.")
    customers: int
    months: list[MonthLoad]
    version: int | None


class StaffIn(Schema, extra="forbid"):
    hours_week: Annotated[Decimal, Field(ge=0, le=80, max_digits=4, decimal_places=1)]
    share: Annotated[Whole, Field(ge=0, le=100)]
    ceiling: Annotated[Whole, Field(ge=0, le=1_000_000)] = 0
    version: Version = None


class TargetOut(BaseModel):
    """What a person is to reach this year, and what is reached."""

    user: str
    playbook: str
    measure: Literal["visits", "contacts", "hours", "points"]
    year: int
    amount: int
    reached: float


class TargetIn(Schema, extra="forbid"):
    user: Annotated[str, Field(max_length=150, pattern=r"^[^\x00]+$")]
    playbook: Annotated[str, Field(max_length=80, pattern=r"^[^\x00]+$")]
    measure: Literal["visits", "contacts", "hours", "points"]
    year: Annotated[Whole, Field(ge=2000, le=2200)]
    amount: Annotated[Whole, Field(ge=0, le=1_000_000, description="0 takes it away.")]


class PlayOut(BaseModel):
    """How a play is done, and who confirmed having read it."""

    playbook: str
    play: Literal["rising", "falling", "at_risk"]
    title: str
    days: int
    minutes: int
    how: str
    digest: str
    read: bool
    readers: int
    people: int


class ReadIn(Schema, extra="forbid"):
    digest: Annotated[str, Field(max_length=64, pattern=r"^[0-9a-f]+$")]


class ReadOut(BaseModel):
    read: bool = Field(description="False where no play says that any more.")


@router.get(
    "/commitments",
    response=CommitmentPage,
    summary="What customers are promised",
    openapi_extra=TOOL,
)
def list_commitments(request: Asked, query: Query[OfCustomer]) -> CommitmentPage:
    """Of customers you may see, the newest first."""
    found = Commitment.objects.filter(customer__in=visible_to(request.user))
    if query.customer:
        found = found.filter(customer__code=query.customer)
    items, last = newest(request, found.select_related("customer"), query)
    return CommitmentPage(items=[_commitment(one) for one in items], next=last)


@router.get("/spends", response=SpendPage, summary="What was spent on customers")
def list_spends(request: Asked, query: Query[OfCustomer]) -> SpendPage:
    """Of customers you may see, the newest first."""
    found = Spend.objects.filter(customer__in=visible_to(request.user))
    if query.customer:
        found = found.filter(customer__code=query.customer)
    items, last = newest(request, found.select_related("customer", "by"), query)
    return SpendPage(items=[_spend(one) for one in items], next=last)


@router.post("/spends", response={201: SpendOut}, summary="Note what was spent on a customer")
def note_spend(request: Asked, wanted: SpendIn, key: IdempotencyKey = "") -> Status[SpendOut]:
    """Refused beyond the gifts and the budget that the customer's playbook allows a year."""
    require(request.user, SPEND)
    customer = customer_of(request, wanted.customer)
    told = wanted.dict(exclude={"customer"})
    return Status(201, _spend(spending.note(request.user, customer, key=key, **told)))


@router.delete("/spends/{int:spend_id}", response=SpendOut, summary="Withdraw what was spent")
def withdraw_spend(request: Asked, spend_id: Id, query: Query[WithdrawQuery]) -> SpendOut:
    """Noted by mistake."""
    require(request.user, SPEND)
    mine = Spend.objects.filter(customer__in=changeable_by(request.user), state="noted")
    found = get_object_or_404(mine, pk=spend_id)
    return _spend(
        spending.withdraw(request.user, found, query.reason, expected_version=query.version)
    )


@router.get(
    "/execution", response=list[DoneOut], summary="Promised and done this year", openapi_extra=TOOL
)
def get_execution(request: Asked, query: Query[DoneQuery]) -> list[DoneOut]:
    """Of customers you may see, by playbook, or by playbook and person."""
    found = execution.execution(request.user, by_person=query.by == "person")
    plain = DoneOut.model_fields.keys() - {"playbook", "user", "promised", "services", "reasons"}
    return [
        DoneOut(
            playbook=one.rule,
            user=one.user.username if one.user else None,
            promised={name: round(value, 2) for name, value in one.promised.items()},
            services={name: one.services.get(name, 0) for name in SERVICES},
            reasons=dict(one.reasons),
            **{name: getattr(one, name) for name in plain},
        )
        for one in found
    ]


@router.get("/staff", response=list[StaffOut], summary="Hours for customers, promised and there")
def list_staff(request: Asked) -> list[StaffOut]:
    """Of whoever looks after customers, over the next twelve months."""
    require(request.user, SET)
    known = {one.user_id: one for one in Staff.objects.all()}
    return [
        StaffOut(
            user=one.user.username,
            hours_week=(own := known.get(one.user.pk) or Staff()).hours_week,
            share=own.share,
            ceiling=own.ceiling,
            assumed=one.assumed,
            customers=one.customers,
            months=[
                MonthLoad(
                    month=m.first, promised=round(m.promised, 2), capacity=round(m.capacity, 2)
                )
                for m in one.months
            ],
            version=own.version if own.pk else None,
        )
        for one in outlook(in_force()).people
    ]


@router.put("/staff/{username}", response=StaffOut, summary="Set somebody's hours for customers")
def set_staff(request: Asked, username: str, wanted: StaffIn) -> StaffOut:
    """How much of the week is for customers, and how many customers at most."""
    require(request.user, SET)
    own = staffing.set_hours(
        request.user,
        user_of(username),
        hours_week=wanted.hours_week,
        share=wanted.share,
        ceiling=wanted.ceiling,
        expected_version=wanted.version,
    )
    return StaffOut(
        user=own.user.username, hours_week=own.hours_week, share=own.share, ceiling=own.ceiling,
        assumed=False, customers=0, months=[], version=own.version,
    )  # fmt: skip


@router.get("/targets", response=list[TargetOut], summary="Targets of this year")
def list_playbook_targets(request: Asked) -> list[TargetOut]:
    """With what is reached, of people whose customers you may see."""
    return [
        TargetOut(
            user=one.target.user.username,
            playbook=one.target.rule,
            measure=one.target.measure,
            year=one.target.year,
            amount=one.target.amount,
            reached=round(one.reached, 1),
        )
        for one in execution.progress(request.user)
    ]


@router.put("/targets", response=TargetIn, summary="Set a target")
def set_playbook_target(request: Asked, wanted: TargetIn) -> TargetIn:
    """Of a person with the customers of a playbook, for a year."""
    require(request.user, SET)
    user = user_of(wanted.user, "user")
    staffing.set_target(
        request.user, user, wanted.playbook, wanted.measure, wanted.year, wanted.amount
    )
    return wanted


@router.get("/plays", response=list[PlayOut], summary="How plays are done", openapi_extra=TOOL)
def list_plays(request: Asked) -> list[PlayOut]:
    """With whether you confirmed having read each, and how many did."""
    require(request.user, SPEND)
    return [
        PlayOut(
            playbook=one.rule, play=one.play, title=one.about.title, days=one.about.days,
            minutes=one.about.minutes, how=one.about.how, digest=one.digest,
            read=one.read_at is not None, readers=one.readers, people=one.people,
        )
        for one in reading.how_tos(request.user)
    ]  # fmt: skip


@router.get("/trials", response=list[PlayTrialOut], summary="What plays brought")
def list_play_trials(request: Asked) -> list[PlayTrialOut]:
    """Of plays that leave one in ten out: sales of both groups over 60 days, as drawn."""
    require(request.user, SET)
    return [
        PlayTrialOut(
            playbook=one.rule,
            play=one.play,
            drawn=one.drawn,
            left_out=one.left_out,
            measured_treated=one.effect.get("treated", 0),
            measured_left_out=one.effect.get("holdout", 0),
            uplift=(one.effect.get("uplift") or {}).get("value"),
            low=(one.effect.get("uplift") or {}).get("low"),
            high=(one.effect.get("uplift") or {}).get("high"),
            verdict=one.effect.get("verdict", "too-few"),
        )
        for one in trials.outcomes()
    ]


@router.post("/plays/read", response=ReadOut, summary="Confirm having read a play")
def confirm_play(request: Asked, wanted: ReadIn) -> ReadOut:
    """In the wording of its `digest`."""
    return ReadOut(read=reading.confirm(request.user, wanted.digest) is not None)


def _commitment(one: Commitment) -> CommitmentOut:
    plain = CommitmentOut.model_fields.keys() - {"id", "customer", "playbook", "version"}
    return CommitmentOut(
        id=one.pk,
        customer=one.customer.code,
        playbook=one.rule,
        version=one.wording,
        **{name: getattr(one, name) for name in plain},
    )


def _spend(one: Spend) -> SpendOut:
    plain = SpendOut.model_fields.keys() - {"id", "customer", "by"}
    return SpendOut(
        id=one.pk,
        customer=one.customer.code,
        by=one.by.username,
        **{name: getattr(one, name) for name in plain},
    )
