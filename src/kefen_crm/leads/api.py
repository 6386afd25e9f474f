"""Leads for programs: noted, graded, given, dropped, converted."""

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
from kefen_crm.leads import actions, cards, explaining, versions
from kefen_crm.leads.converting import Wanted, convert
from kefen_crm.leads.grading import graded, in_force
from kefen_crm.leads.learning import Chance
from kefen_crm.leads.models import Lead
from kefen_crm.leads.permits import WORK_LEADS
from kefen_crm.leads.queries import leads_for
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import TOOL, Code, Id, IdempotencyKey, Reason, Short, Version
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Leads"])

LeadState = Literal["new", "working", "converted", "dropped"]
LeadSource = Literal[
    "website",
    "form",
    "referral",
    "exhibition",
    "platform",
    "advertisement",
    "call",
    "searched",
    "other",
]
Dropped = Literal["no_need", "no_money", "competitor", "no_answer", "wrong", "twice", "other"]
Grade = Literal["A", "B", "C", "D", ""]
Words = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]
Few = Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")]
Text = Annotated[str, Field(max_length=5_000, pattern=r"^[^\x00]*$")]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 1, 1))]


class LeadOut(BaseModel):
    """A lead as it is now."""

    id: int
    number: str = Field(examples=["L-000012"])
    name: str
    company: str
    title: str
    phone: str
    email: str
    wechat: str
    region: str
    address: str
    source: LeadSource
    inquiry: str
    product: str
    quantity: str
    budget: Decimal | None
    wanted_on: date | None
    note: str
    state: LeadState
    owner: str | None = Field(description="A user name.", examples=["carol"])
    grade: Grade = Field(description="A the best; empty where no rule grades it.")
    rule: str = Field(description="The rule that gave the grade.")
    chance: float | None = Field(
        description="The learned probability that it converts; null where nothing is published."
    )
    opened_at: datetime
    touched_at: datetime
    ended_at: datetime | None
    drop_reason: Dropped | Literal[""]
    customer: str | None = Field(description="The code of whom it became.")
    opportunity: int | None
    version: int


class LeadPage(Page[LeadOut]):
    pass


class LeadWhy(BaseModel):
    """Why a lead has its grade."""

    grade: Grade
    rule: str
    told: list[str] = Field(description="Details that the inquiry tells.")
    untold: list[str]
    faded: int = Field(description="By how many grades it fell for being left alone.")
    passed: list[str] = Field(description="Rules before it, each with the part that does not fit.")


class LeadReason(BaseModel):
    """An answer that multiplies the odds of a lead."""

    question: str
    answer: str
    factor: float


class LeadChance(BaseModel):
    """The learned probability with its 95 % interval: the odds of an average lead, multiplied."""

    share: float
    low: float
    high: float
    average: float = Field(description="The probability of an average lead.")
    reasons: list[LeadReason]
    rest: float = Field(description="The factors of all other answers, multiplied.")


class LeadWhole(LeadOut):
    """With why it has its grade, and its learned chance while it is open."""

    why: LeadWhy
    learned: LeadChance | None


class LeadQuery(Paged):
    owner: Short = Field("", description="A user name.")
    state: LeadState | None = None
    grade: Literal["A", "B", "C", "D"] | None = None
    source: LeadSource | None = None


class _LeadSaid(Schema, extra="forbid"):
    name: Words | None = None
    company: Short | None = None
    title: Words | None = None
    phone: Few | None = None
    email: Short | None = None
    wechat: Words | None = None
    region: Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")] | None = None
    address: Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")] | None = None
    source: LeadSource | None = None
    inquiry: Text | None = None
    product: Words | None = None
    quantity: Few | None = None
    budget: Money | None = None
    wanted_on: Day | None = None
    note: Reason | None = None


class LeadIn(_LeadSaid, extra="forbid"):
    owner: Short | None = Field(None, description="A user name; empty for nobody; else yours.")


class LeadChange(_LeadSaid, extra="forbid"):
    version: Version = None


class LeadGiving(Schema, extra="forbid"):
    owner: Short = Field(description="A user name; empty for nobody.", examples=["carol"])
    version: Version = None


class LeadDropping(Schema, extra="forbid"):
    reason: Dropped
    note: Reason = ""
    version: Version = None


class LeadConversion(Schema, extra="forbid"):
    customer: Code | Literal[""] = Field("", description="An existing one; empty for a new one.")
    opportunity: Short = Field("", description="What a new opportunity is about; empty for none.")
    amount: Money | None = None
    version: Version = None


class CardIn(Schema, extra="forbid"):
    text: Annotated[str, Field(min_length=1, max_length=cards.LONGEST, pattern=r"^[^\x00]+$")]


class CardFields(BaseModel):
    """What a card's text seems to tell; a proposal, which nothing keeps."""

    name: str = ""
    company: str = ""
    title: str = ""
    phone: str = ""
    email: str = ""
    wechat: str = ""
    address: str = ""


@router.get("", response=LeadPage, summary="List leads", openapi_extra=TOOL)
def list_leads(request: Asked, query: Query[LeadQuery]) -> LeadPage:
    """Those you may see, the newest first."""
    found = leads_for(request.user).select_related("customer", "owner")
    if query.owner:
        found = found.filter(owner__username=query.owner)
    for name in ("state", "grade", "source"):
        if value := getattr(query, name):
            found = found.filter(**{name: value})
    items, last = newest(request, found, query)
    return LeadPage(items=[LeadOut(**_values(one)) for one in items], next=last)


@router.post("", response={201: LeadOut}, summary="Note a lead", openapi_extra=TOOL)
def note_lead(
    request: Asked, wanted: LeadIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[LeadOut]:
    """It is graded by the rules in force."""
    require(request.user, WORK_LEADS)
    values = _said(wanted)
    if wanted.owner is not None:
        values["owner"] = user_of(wanted.owner) if wanted.owner else None
    lead = actions.note(request.user, values, key=key)
    response["Location"] = f"/api/v1/leads/{lead.pk}"
    return Status(201, LeadOut(**_values(lead)))


@router.post("/cards", response=CardFields, summary="Read the text of a business card")
def read_card(request: Asked, wanted: CardIn) -> CardFields:
    """Proposes fields; note the lead with them once somebody looked."""
    require(request.user, WORK_LEADS)
    return CardFields(**cards.read(wanted.text))


@router.get("/{int:lead_id}", response=LeadWhole, summary="One lead")
def get_lead(request: Asked, lead_id: Id) -> LeadWhole:
    """With why it has its grade, and how likely it converts."""
    lead = _one(request, lead_id)
    given = graded(lead, in_force(), timezone.now())
    why = LeadWhy(
        grade=given.grade, rule=given.rule.name if given.rule else "", told=list(given.told),
        untold=list(given.untold), faded=given.faded,
        passed=[f"{one.rule.name}: {one.part}" for one in given.passed],
    )  # fmt: skip
    chance = versions.chance_of(lead, versions.in_force()) if lead.open else None
    return LeadWhole(**_values(lead), why=why, learned=_chance(chance) if chance else None)


@router.patch("/{int:lead_id}", response=LeadOut, summary="Change a lead")
def change_lead(
    request: Asked, lead_id: Id, wanted: LeadChange, key: IdempotencyKey = ""
) -> LeadOut:
    """What the body does not speak of stays; it is graded anew."""
    require(request.user, WORK_LEADS)
    lead = _one(request, lead_id)
    changed = actions.change(
        request.user, lead, _said(wanted), expected_version=wanted.version, key=key
    )
    return LeadOut(**_values(changed))


@router.post("/{int:lead_id}/give", response=LeadOut, summary="Give a lead to somebody")
def give_lead(request: Asked, lead_id: Id, wanted: LeadGiving, key: IdempotencyKey = "") -> LeadOut:
    """Who may work on leads, or to nobody."""
    require(request.user, WORK_LEADS)
    lead = _one(request, lead_id)
    owner = user_of(wanted.owner) if wanted.owner else None
    given = actions.give(request.user, lead, owner, expected_version=wanted.version, key=key)
    return LeadOut(**_values(given))


@router.post("/{int:lead_id}/drop", response=LeadOut, summary="Drop a lead")
def drop_lead(
    request: Asked, lead_id: Id, wanted: LeadDropping, key: IdempotencyKey = ""
) -> LeadOut:
    """It came to nothing."""
    require(request.user, WORK_LEADS)
    lead = actions.drop(
        request.user, _one(request, lead_id), wanted.reason, note=wanted.note,
        expected_version=wanted.version, key=key,
    )  # fmt: skip
    return LeadOut(**_values(lead))


@router.post("/{int:lead_id}/convert", response=LeadOut, summary="Convert a lead")
def convert_lead(
    request: Asked, lead_id: Id, wanted: LeadConversion, key: IdempotencyKey = ""
) -> LeadOut:
    """Into a new customer or an existing one; whoever asked becomes a contact, once."""
    require(request.user, WORK_LEADS)
    require(request.user, Permit.EDIT_CUSTOMERS)
    lead = _one(request, lead_id)
    customer = customer_of(request, wanted.customer) if wanted.customer else None
    said = Wanted(customer, wanted.opportunity, wanted.amount)
    return LeadOut(
        **_values(convert(request.user, lead, said, expected_version=wanted.version, key=key))
    )


def _chance(chance: Chance) -> LeadChance:
    told = explaining.reckoning(chance)
    return LeadChance(
        share=chance.share, low=chance.low, high=chance.high, average=told.average,
        reasons=[
            LeadReason(question=one.question, answer=one.answer, factor=one.factor)
            for one in told.reasons
        ],
        rest=told.rest,
    )  # fmt: skip


def _one(request: Asked, pk: int) -> Lead:
    found = leads_for(request.user).select_related("customer", "owner")
    lead: Lead = get_object_or_404(found, pk=pk)
    return lead


def _said(wanted: _LeadSaid) -> dict[str, Any]:
    """What a body says; null of a text says nothing."""
    said = wanted.dict(exclude_unset=True)
    empty = {"budget", "wanted_on"}
    return {
        name: said[name]
        for name in actions.CHANGEABLE
        if name in said and (said[name] is not None or name in empty)
    }


_PLAIN = (
    *actions.CHANGEABLE, "number", "state", "grade", "rule", "chance", "opened_at", "touched_at",
    "ended_at", "drop_reason", "version",
)  # fmt: skip


def _values(lead: Lead) -> dict[str, Any]:
    return {
        **{name: getattr(lead, name) for name in _PLAIN},
        "id": lead.pk,
        "owner": lead.owner.username if lead.owner else None,
        "customer": lead.customer.code if lead.customer else None,
        "opportunity": lead.opportunity_id,
    }
