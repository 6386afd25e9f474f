"""Many customers at once for programs: what can be done, what it would do, done, taken back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema
from pydantic import BaseModel

from kefen_crm.customer_pages import bulk
from kefen_crm.customer_pages.api.customers import filtered
from kefen_crm.customer_pages.models import BulkChange
from kefen_crm.customers.queries import in_reach_of
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.problems import Fault, Refused, pointer, unknown
from kefen_crm.platform.api.values import IdempotencyKey
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import Form

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.parts import BulkVerb, Skipped

router = Router(tags=["Many customers"])

Code = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Id = Annotated[int, Path(ge=1, le=2**62, description="The number of a change.")]
Name = Annotated[str, Path(pattern="^[a-z][a-z-]*$", max_length=40, description="Of a verb.")]
Text = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]


class VerbOut(BaseModel):
    """Something that you may do to many customers at once."""

    name: str = Field(examples=["tag"])
    title: str = Field(examples=["Tag"])
    fields: dict[str, str] = Field(description="What `values` may hold, each with its title.")
    undo: bool = Field(description="Whether it can be taken back within a week.")


class SkippedOut(BaseModel):
    """Customers that stay as they are, and why."""

    reason: str
    count: int
    names: list[str] = Field(description="The first few.")


class BulkPlanOut(BaseModel):
    """What would be done."""

    changes: int = Field(description="How many customers would change.")
    skipped: list[SkippedOut]
    notes: list[str]
    digest: str = Field(description="Send it along as `expected` to do this and nothing else.")


class BulkChangeOut(BaseModel):
    """What was done to many customers at once."""

    id: int
    verb: str
    at: datetime
    changes: int
    skipped: list[SkippedOut]
    undoable: bool
    undone_at: datetime | None
    undone: int | None = Field(description="How many customers are as before.")


class ChangePage(Page[BulkChangeOut]):
    pass


class ChosenIn(Schema, extra="forbid"):
    """Customers by their codes, or all that a filter of `GET /customers` leaves."""

    customers: list[Code] = Field([], max_length=20_000)
    filter: str | None = Field(
        None,
        max_length=4_000,
        pattern=r"^[^\x00]*$",
        description="As in the address of `GET /customers`; empty for all. Instead of `customers`.",
        examples=["class=abc:C&silent=2"],
    )
    values: dict[Text, Text | int | bool | list[Text] | None] = Field(
        {}, max_length=40, description="What the verb asks for."
    )


class DoIn(ChosenIn):
    expected: str = Field(
        "", max_length=64, pattern=r"^[^\x00]*$", description="The `digest` of a plan."
    )


@router.get("/verbs", response=list[VerbOut], summary="List what can be done to many customers")
def list_bulk_verbs(request: Asked) -> list[VerbOut]:
    """What you may, with the values that each asks for."""
    return [
        VerbOut(
            name=one.name,
            title=str(one.title),
            fields={
                name: str(field.label or name)
                for name, field in one.form(None, user=request.user).fields.items()
            },
            undo=one.undo is not None,
        )
        for one in bulk.verbs_of(request.user)
    ]


@router.post("/verbs/{verb}/plan", response=BulkPlanOut, summary="See what a verb would do")
def plan_bulk_verb(request: Asked, verb: Name, wanted: ChosenIn) -> BulkPlanOut:
    """Nothing is done; customers that would be skipped are told with why."""
    found = _verb(request, verb)
    values = _values(request, found, wanted)
    planned = bulk.plan(request.user, found, _chosen(request, wanted), values)
    return BulkPlanOut(
        changes=len(planned.changes),
        skipped=[_skipped(one) for one in planned.skipped],
        notes=list(planned.notes),
        digest=bulk.digest(found, planned, values),
    )


@router.post("/verbs/{verb}", response=BulkChangeOut, summary="Change many customers at once")
def do_bulk_verb(
    request: Asked, verb: Name, wanted: DoIn, key: IdempotencyKey = ""
) -> BulkChangeOut:
    """With one event for each customer, in one transaction; at most 20,000 at once."""
    found = _verb(request, verb)
    change = bulk.carry_out(
        request.user,
        found,
        _chosen(request, wanted),
        _values(request, found, wanted),
        expected=wanted.expected,
        asked=wanted.model_dump_json(),
        key=key,
    )
    return _told(request, change)


@router.get("/changes", response=ChangePage, summary="List your changes of many customers")
def list_bulk_changes(request: Asked, query: Query[Paged]) -> ChangePage:
    """The newest first."""
    found = BulkChange.objects.filter(by=request.user)
    items, last = newest(request, found, query)
    return ChangePage(items=[_told(request, one) for one in items], next=last)


@router.post(
    "/changes/{int:change_id}/undo", response=BulkChangeOut, summary="Undo a change of many"
)
def undo_bulk_change(request: Asked, change_id: Id) -> BulkChangeOut:
    """Your own, within a week; customers that somebody touched since stay as they are."""
    change = get_object_or_404(BulkChange, pk=change_id, by=request.user)
    return _told(request, bulk.undo(request.user, change))


def _verb(request: Asked, name: str) -> BulkVerb:
    found = bulk.verb_called(name)
    if found is None:
        detail = _("There is no %(name)s.") % {"name": name}
        raise Refused(404, "not-found", detail)
    if found.permit:
        require(request.user, found.permit)
    return found


def _chosen(request: Asked, wanted: ChosenIn) -> QuerySet[Customer]:
    """The customers that a body names; codes that there are not are refused."""
    if wanted.filter is not None:
        every: QuerySet[Customer] = filtered(request, QueryDict(wanted.filter))
        return every
    reached = in_reach_of(request.user)
    found = reached.filter(code__in=wanted.customers)
    known = set(found.values_list("code", flat=True))
    if lacking := next((one for one in wanted.customers if one not in known), ""):
        raise unknown("unknown-customer", lacking, "customers")
    return found


def _values(request: Asked, verb: BulkVerb, wanted: ChosenIn) -> dict[str, Any]:
    """The values as the verb's form reads them; refused by field."""
    given: MultiValueDict[str, Any] = MultiValueDict()
    for name, value in wanted.values.items():
        if value is not None:
            given.setlist(name, value if isinstance(value, list) else [value])
    form: Form = verb.form(given, user=request.user)
    faults = [
        Fault(code="not-valid", detail=text, part="body", pointer=pointer(["values", name]))
        for name, listed in form.errors.items()
        for text in listed
    ] + [
        Fault(
            code="not-valid",
            detail=_("There is no such field."),
            part="body",
            pointer=pointer(["values", name]),
        )
        for name in wanted.values
        if name not in form.fields
    ]
    if faults:
        raise Refused(422, "not-valid", _("Some values are missing or not valid."), faults)
    return form.cleaned_data


def _skipped(one: Skipped) -> SkippedOut:
    return SkippedOut(reason=str(one.reason), count=one.count, names=list(one.names))


def _told(request: Asked, change: BulkChange) -> BulkChangeOut:
    return BulkChangeOut(
        id=change.pk,
        verb=change.verb,
        at=change.at,
        changes=change.count,
        skipped=[SkippedOut(**one) for one in change.skipped],
        undoable=bulk.undoable(request.user, change),
        undone_at=change.undone_at,
        undone=change.undone_count,
    )
