"""Classes set by hand: by whom, why, until when, and what became of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.queries import visible_to
from kefen_crm.grading import actions, override_report, queries
from kefen_crm.grading.api.schemes import NAMED
from kefen_crm.grading.models import Override
from kefen_crm.platform.api.paging import Known, OfCustomer, Page, after, link, split
from kefen_crm.platform.api.problems import Fault, Refused, pointer
from kefen_crm.platform.api.values import TOOL, Day
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Overrides"], by_alias=True)

PLAIN = r"^[^\x00]+$"
Id = Annotated[int, Path(ge=1, le=2**62, description="The number of an override.")]
SchemeName = Annotated[str, Field(pattern=NAMED, max_length=80)]


class OverrideOut(BaseModel):
    """A class that a person set, whatever is computed."""

    id: int
    customer: str = Field(examples=["C0001"])
    scheme: str = Field(examples=["abc"])
    class_: str = Field(alias="class", examples=["A"])
    computed: str | None = Field(description="The computed class it set aside; null is unrated.")
    reason: str
    by: str | None
    since: datetime
    until: date | None = Field(description="The last day it holds; null: until it is lifted.")
    state: Literal["active", "expired", "lifted"]
    ended: datetime | None
    lifted_by: str | None
    lift_reason: str


class OverridePage(Page[OverrideOut]):
    pass


class OverrideQuery(OfCustomer):
    scheme: SchemeName | None = None
    active: bool | None = None


class OverrideIn(Schema, extra="forbid"):
    customer: str = Field(max_length=200, pattern=PLAIN)
    scheme: SchemeName
    class_: str = Field(alias="class", max_length=80)
    reason: str = Field(min_length=1, max_length=500)
    until: Day | None = None


class Lifting(Schema, extra="forbid"):
    reason: str = Field(min_length=1, max_length=500)


class Entry(BaseModel):
    """One change of an override, for the audit."""

    at: datetime
    by: str | None
    what: Literal["set", "ended"]
    reason: str


class PersonOut(BaseModel):
    """What one person set by hand, and what became of it."""

    by: str | None
    total: int
    states: dict[str, int] = Field(examples=[{"active": 2, "expired": 1, "lifted": 0}])
    ways: dict[str, int] = Field(examples=[{"up": 2, "down": 1, "same": 0, "rated": 0}])
    sales: Decimal = Field(description="Sales of twelve months of the customers concerned.")
    judged: int = Field(description="How many a run followed.")
    agreed: int = Field(description="Of those, where the computed class came to be the same.")


class ReportQuery(Known):
    scheme: SchemeName | None = None


@router.get("", response=OverridePage, summary="List classes set by hand")
def list_overrides(request: Asked, query: Query[OverrideQuery]) -> OverridePage:
    """Of customers you may see, newest first."""
    found = override_report.visible(request.user).order_by("-pk")
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.scheme:
        found = found.filter(scheme__name=query.scheme)
    if query.active is not None:
        found = found.filter(ended__isnull=query.active)
    if key := after(query.cursor, int):
        found = found.filter(pk__lt=key[0])
    items, more = split(list(found[: query.limit + 1]), query.limit)
    return OverridePage(
        items=[_told(one) for one in items], next=link(request, [items[-1].pk]) if more else None
    )


@router.post("", response={201: OverrideOut}, summary="Set a class by hand", openapi_extra=TOOL)
def set_override(request: Asked, wanted: OverrideIn, response: HttpResponse) -> Status[OverrideOut]:
    """Put a customer into a class through the day `until`; what was set before ends."""
    require(request.user, Permit.GRADE)
    customer = visible_to(request.user).filter(code=wanted.customer).first()
    scheme = queries.published().filter(name=wanted.scheme).first()
    faults = []
    if customer is None:
        faults.append(_fault("unknown-customer", "customer", wanted.customer))
    if scheme is None:
        faults.append(_fault("unknown-scheme", "scheme", wanted.scheme))
    if customer is None or scheme is None:
        raise Refused(422, faults[0].code, faults[0].detail, faults)
    made = actions.set_override(
        request.user, customer, scheme, wanted.class_, wanted.reason, wanted.until
    )
    response["Location"] = f"/api/v1/overrides/{made.pk}"
    return Status(201, _told(made))


@router.get("/report", response=list[PersonOut], summary="Classes set by hand, by person")
def report_overrides(request: Asked, query: Query[ReportQuery]) -> list[PersonOut]:
    """How many, which way, what became of them, and whether computing came to agree."""
    found = override_report.visible(request.user)
    if query.scheme:
        found = found.filter(scheme__name=query.scheme)
    return [_person(one) for one in override_report.by_person(override_report.read(found))]


@router.get("/{int:override_id}", response=OverrideOut, summary="One class set by hand")
def get_override(request: Asked, override_id: Id) -> OverrideOut:
    """Who set it, why and until when."""
    return _told(_one(request, override_id))


@router.get(
    "/{int:override_id}/history", response=list[Entry], summary="What happened to an override"
)
def list_override_history(request: Asked, override_id: Id) -> list[Entry]:
    """Oldest first."""
    override = _one(request, override_id)
    made = Entry(at=override.since, by=_name(override.by), what="set", reason=override.reason)
    if override.ended is None:
        return [made]
    by, why = _name(override.lifted_by), override.lift_reason
    return [made, Entry(at=override.ended, by=by, what="ended", reason=why)]


@router.post("/{int:override_id}/lift", response=OverrideOut, summary="Lift a class set by hand")
def lift_override(request: Asked, override_id: Id, wanted: Lifting) -> OverrideOut:
    """The computed class holds again at once."""
    require(request.user, Permit.GRADE)
    override = _one(request, override_id)
    if not override.active:
        raise Refused(409, "already-ended", _("This has ended already."))
    actions.lift_override(request.user, override, wanted.reason)
    return _told(_one(request, override_id))


def _one(request: Asked, pk: int) -> Override:
    found: Override = get_object_or_404(override_report.visible(request.user), pk=pk)
    return found


def _fault(code: str, place: str, name: str) -> Fault:
    detail = _("There is no %(name)s.") % {"name": name}
    return Fault(code=code, detail=detail, part="body", pointer=pointer([place]))


def _name(user: Any) -> str | None:
    return user.username if user else None


def _told(override: Override) -> OverrideOut:
    said: dict[str, Any] = {"class": override.class_key}
    return OverrideOut(
        **said,
        id=override.pk,
        customer=override.customer.code,
        scheme=override.scheme.name,
        computed=override.computed_key,
        reason=override.reason,
        by=_name(override.by),
        since=override.since,
        until=override.until,
        state=override.state,
        ended=override.ended,
        lifted_by=_name(override.lifted_by),
        lift_reason=override.lift_reason,
    )


def _person(person: override_report.Person) -> PersonOut:
    by = person.decisions[0].override.by
    return PersonOut(
        by=_name(by),
        total=person.total,
        states=dict(person.states),
        ways=dict(person.ways),
        sales=person.money,
        judged=person.judged,
        agreed=person.agreed,
    )
