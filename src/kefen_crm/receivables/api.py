"""Receivables for programs: by age, the open invoices, promises and disputes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.api_named import customer_of
from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.api.paging import Known, OfCustomer, Page, after, link, newest, split
from kefen_crm.platform.api.values import TOOL, Day, IdempotencyKey, read_from
from kefen_crm.receivables import actions
from kefen_crm.receivables import queries as reads
from kefen_crm.receivables.actions import COLLECT
from kefen_crm.receivables.models import Dispute, OpenInvoice, Promise
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Receivables"])

Id = Annotated[int, Path(ge=1, le=2**62)]
Code = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])]
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class AgeingQuery(Known):
    by: Literal["class", "owner", "region"] = "class"
    days: str = Field(
        "30,60,90",
        pattern=r"^[1-9][0-9]{0,3}(,[1-9][0-9]{0,3}){0,5}$",
        description="Days late at which one bucket ends and the next begins.",
    )


class BucketOut(BaseModel):
    """What is owed and late by some days."""

    bucket: str = Field(examples=["31-60"], description="`none` has no due date, `due` is not due.")
    title: str
    open: Decimal


class AgeGroupOut(BaseModel):
    """What a group owes; money in the base currency."""

    group: str = Field(description="A class, the number of a user, a region; `-` for none.")
    title: str
    invoices: int
    open: Decimal
    overdue: Decimal
    in_dispute: Decimal
    buckets: list[BucketOut]


class AgeingOut(BaseModel):
    as_of: date | None = Field(description="Invoices due before are late; null before the first.")
    groups: list[AgeGroupOut]


class InvoiceOut(BaseModel):
    """An invoice that is not paid in full."""

    customer: str = Field(examples=["C0001"])
    number: str
    issued_on: date
    due_on: date | None
    open: Decimal
    in_dispute: bool


class InvoicePage(Page[InvoiceOut]):
    pass


class InvoiceQuery(OfCustomer):
    due_before: Day | None = Field(None, description="Only those due before that day.")


class PromiseOut(BaseModel):
    """What a customer promised to pay."""

    id: int
    customer: str
    amount: Decimal
    due_on: date
    given_on: date
    note: str
    state: Literal["open", "kept", "broken", "withdrawn"]
    plan: UUID | None = Field(description="The same for the instalments of one promise.")
    part: int
    parts: int
    version: int
    by: str
    created: datetime


class PromisePage(Page[PromiseOut]):
    pass


class PromiseIn(Schema, extra="forbid"):
    customer: Code
    amount: Decimal = Field(gt=0, max_digits=18, decimal_places=2, examples=["1200.00"])
    due_on: Day
    note: Text = ""


class PartIn(Schema, extra="forbid"):
    amount: Decimal = Field(gt=0, max_digits=18, decimal_places=2, examples=["400.00"])
    due_on: Day


class InstalmentsIn(Schema, extra="forbid"):
    customer: Code
    instalments: list[PartIn] = Field(min_length=2, max_length=actions.MOST_PARTS)
    note: Text = ""


class PromiseWithdrawal(Schema):
    version: int | None = Field(None, ge=1, description="Refused when it is another by now.")
    reason: Text = ""


class DisputeOut(BaseModel):
    """An invoice that is in dispute, or was."""

    id: int
    customer: str
    number: str
    reason: str
    outcome: str
    state: Literal["open", "settled"]
    version: int
    by: str
    created: datetime


class DisputePage(Page[DisputeOut]):
    pass


class DisputeIn(Schema, extra="forbid"):
    customer: Code
    number: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$")]
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]


class SettleQuery(Schema):
    outcome: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]
    version: int | None = Field(None, ge=1, description="Refused when it is another by now.")


@router.get("/ageing", response=AgeingOut, summary="Receivables by age", openapi_extra=TOOL)
def get_ageing(request: Asked, query: Query[AgeingQuery], response: HttpResponse) -> AgeingOut:
    """Of customers you may see: what is open by class, owner or region, and by days late."""
    seen = reads.state()
    if seen is None:
        return AgeingOut(as_of=None, groups=[])
    read_from(response, seen.ledger_version)
    found = reads.buckets(reads.limits_of(query.days), seen.as_of)
    told = reads.ageing(reads.invoices_for(request.user), query.by, leading_scheme(), found)
    return AgeingOut(as_of=seen.as_of, groups=[_group(row, found) for row in told.rows])


def _group(row: reads.Row, found: list[reads.Bucket]) -> AgeGroupOut:
    cells = zip(found, row.cells, strict=True)
    return AgeGroupOut(
        group=row.key,
        title=row.title,
        invoices=row.invoices,
        open=row.total,
        overdue=row.overdue,
        in_dispute=row.disputed,
        buckets=[BucketOut(bucket=one.key, title=one.title, open=sum_) for one, sum_ in cells],
    )


@router.get("/invoices", response=InvoicePage, summary="List open invoices", openapi_extra=TOOL)
def list_open_invoices(request: Asked, query: Query[InvoiceQuery]) -> InvoicePage:
    """Of customers you may see."""
    found = reads.invoices_for(request.user).annotate(disputed=reads.in_dispute())
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.due_before:
        found = found.filter(due_on__lt=query.due_before)
    if key := after(query.cursor, int):
        found = found.filter(pk__gt=key[0])
    rows = list(found.select_related("customer").order_by("pk")[: query.limit + 1])
    items, more = split(rows, query.limit)
    last = link(request, [items[-1].pk]) if more else None
    return InvoicePage(items=[_invoice(one) for one in items], next=last)


def _invoice(one: OpenInvoice) -> InvoiceOut:
    return InvoiceOut(
        customer=one.customer.code,
        number=one.number,
        issued_on=one.issued_on,
        due_on=one.due_on,
        open=one.open,
        in_dispute=one.disputed,  # type: ignore[attr-defined]  # annotated
    )


@router.get("/promises", response=PromisePage, summary="List promises to pay", openapi_extra=TOOL)
def list_promises(request: Asked, query: Query[OfCustomer]) -> PromisePage:
    """Of customers you may see, the newest first."""
    found = Promise.objects.filter(customer__in=visible_to(request.user))
    if query.customer:
        found = found.filter(customer__code=query.customer)
    items, last = newest(request, found.select_related("customer", "by"), query)
    return PromisePage(items=[_promise(one) for one in items], next=last)


@router.post(
    "/promises", response={201: PromiseOut}, summary="Note a promise to pay", openapi_extra=TOOL
)
def add_promise(request: Asked, wanted: PromiseIn, key: IdempotencyKey = "") -> Status[PromiseOut]:
    """It is kept once so much came in until its day, and broken when that day has passed."""
    require(request.user, COLLECT)
    customer = customer_of(request, wanted.customer)
    made = actions.promise(
        request.user, customer, wanted.amount, wanted.due_on, note=wanted.note, key=key
    )
    return Status(201, _promise(made))


@router.post("/promises/instalments", response={201: list[PromiseOut]}, summary="Note instalments")
def add_instalments(
    request: Asked, wanted: InstalmentsIn, key: IdempotencyKey = ""
) -> Status[list[PromiseOut]]:
    """A promise in several parts, each kept or broken by itself; the days ascend."""
    require(request.user, COLLECT)
    customer = customer_of(request, wanted.customer)
    parts = [(one.amount, one.due_on) for one in wanted.instalments]
    made = actions.promise_parts(request.user, customer, parts, note=wanted.note, key=key)
    return Status(201, [_promise(one) for one in made])


@router.delete("/promises/{int:promise_id}", response=PromiseOut, summary="Withdraw a promise")
def withdraw_promise(
    request: Asked, promise_id: Id, query: Query[PromiseWithdrawal], key: IdempotencyKey = ""
) -> PromiseOut:
    """Only while it is open."""
    require(request.user, COLLECT)
    mine = Promise.objects.filter(customer__in=visible_to(request.user))
    made = get_object_or_404(mine, pk=promise_id)
    return _promise(
        actions.withdraw(
            request.user, made, expected_version=query.version, reason=query.reason, key=key
        )
    )


@router.get("/disputes", response=DisputePage, summary="List disputes")
def list_disputes(request: Asked, query: Query[OfCustomer]) -> DisputePage:
    """Of customers you may see, the newest first."""
    found = Dispute.objects.filter(customer__in=visible_to(request.user))
    if query.customer:
        found = found.filter(customer__code=query.customer)
    items, last = newest(request, found.select_related("customer", "by"), query)
    return DisputePage(items=[_dispute(one) for one in items], next=last)


@router.post("/disputes", response={201: DisputeOut}, summary="Note a dispute")
def add_dispute(request: Asked, wanted: DisputeIn, key: IdempotencyKey = "") -> Status[DisputeOut]:
    """Of an open invoice; while it is in dispute nothing is expected of it."""
    require(request.user, COLLECT)
    customer = customer_of(request, wanted.customer)
    opened = actions.dispute(request.user, customer, wanted.number, wanted.reason, key=key)
    return Status(201, _dispute(opened))


@router.delete("/disputes/{int:dispute_id}", response=DisputeOut, summary="Settle a dispute")
def settle_dispute(
    request: Asked, dispute_id: Id, query: Query[SettleQuery], key: IdempotencyKey = ""
) -> DisputeOut:
    """Say what came of it; it stays to be read."""
    require(request.user, COLLECT)
    mine = Dispute.objects.filter(customer__in=visible_to(request.user))
    opened = get_object_or_404(mine, pk=dispute_id)
    return _dispute(
        actions.settle(request.user, opened, query.outcome, expected_version=query.version, key=key)
    )


def _promise(one: Promise) -> PromiseOut:
    plain = ("amount", "due_on", "given_on", "note", "state", "plan", "part", "parts", "version",
             "created")  # fmt: skip
    return PromiseOut(
        **{name: getattr(one, name) for name in plain},
        id=one.pk,
        customer=one.customer.code,
        by=one.by.username,
    )


def _dispute(one: Dispute) -> DisputeOut:
    plain = ("number", "reason", "outcome", "state", "version", "created")
    return DisputeOut(
        **{name: getattr(one, name) for name in plain},
        id=one.pk,
        customer=one.customer.code,
        by=one.by.username,
    )
