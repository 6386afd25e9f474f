"""Credit for programs: whether an order may pass, accounts, exceptions and holds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.credit import actions, queries
from kefen_crm.credit.models import CreditAccount, CreditException, CreditHold
from kefen_crm.credit.permits import APPROVE, HOLD
from kefen_crm.credit.reckoning import check
from kefen_crm.customers.api_named import customer_of
from kefen_crm.platform.api.paging import OfCustomer, Page, newest
from kefen_crm.platform.api.values import TOOL, Day, IdempotencyKey
from kefen_crm.platform.calendar import current
from kefen_crm.receivables.actions import COLLECT
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Credit"])

Id = Annotated[int, Path(ge=1, le=2**62)]
Code = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2, examples=["1200.00"])]
Why = Literal["hold", "overdue", "limit"]


class CheckQuery(Schema):
    customer: Code
    amount: Amount = Field(description="Of the order, in the base currency.")
    prepaid: bool = Field(False, description="What is paid in advance passes.")


class WhyOut(BaseModel):
    code: Why
    text: str


class CreditCheckOut(BaseModel):
    """Whether an order may pass; money in the base currency."""

    decision: Literal["free", "blocked"]
    reasons: list[WhyOut]
    limit: Decimal | None = Field(description="Nothing limits the customer where there is none.")
    used: Decimal = Field(description="Open invoices and orders that are not invoiced.")
    available: Decimal | None
    days: int | None = Field(description="Days of credit that a new invoice has.")
    rule: str
    exception: int | None = Field(description="The number of the exception that holds.")


class AccountOut(BaseModel):
    """A customer's credit as it was last reckoned; money in the base currency."""

    customer: str
    rule: str
    days: int | None
    limit: Decimal | None
    open: Decimal
    not_invoiced: Decimal
    used: Decimal
    available: Decimal | None
    days_late: int
    blocks: list[Why]


class AccountPage(Page[AccountOut]):
    pass


class AccountQuery(OfCustomer):
    blocked: bool | None = None


class ExceptionOut(BaseModel):
    """Other terms for a customer until a day."""

    id: int
    customer: str
    limit: Decimal | None
    despite_overdue: bool
    until: date
    reason: str
    state: Literal["asked", "approved", "rejected", "ended"]
    answer: str
    by: str
    decided_by: str | None
    created: datetime
    version: int


class ExceptionPage(Page[ExceptionOut]):
    pass


class ExceptionIn(Schema, extra="forbid"):
    customer: Code
    limit: Amount | None = None
    despite_overdue: bool = False
    until: Day
    reason: Reason


class ExceptionDecisionIn(Schema, extra="forbid"):
    approve: bool
    answer: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")] = ""
    version: int | None = Field(None, ge=1, description="Refused when it is another by now.")


class HoldOut(BaseModel):
    """A hold of a customer's orders on credit; `released_at` is empty while it holds."""

    id: int
    customer: str
    reason: str
    by: str
    at: datetime
    released_at: datetime | None
    release_reason: str
    version: int


class HoldPage(Page[HoldOut]):
    pass


class HoldIn(Schema, extra="forbid"):
    customer: Code
    reason: Reason


class ReleaseQuery(Schema):
    reason: Reason
    version: int | None = Field(None, ge=1, description="Refused when it is another by now.")


@router.get(
    "/check", response=CreditCheckOut, summary="Ask whether an order may pass", openapi_extra=TOOL
)
def check_credit(request: Asked, query: Query[CheckQuery]) -> CreditCheckOut:
    """Blocked, and why, or free; nothing is written."""
    customer = customer_of(request, query.customer)
    day = current().today(timezone.now())
    answer = check(customer, query.amount, day, prepaid=query.prepaid)
    account = answer.account
    return CreditCheckOut(
        decision="free" if answer.allowed else "blocked",
        reasons=[WhyOut(code=one.value, text=str(one.label)) for one in answer.reasons],
        limit=account.limit,
        used=account.open + account.not_invoiced,
        available=account.available,
        days=account.days,
        rule=account.rule,
        exception=answer.exception.pk if answer.exception else None,
    )


@router.get("/accounts", response=AccountPage, summary="List credit accounts", openapi_extra=TOOL)
def list_credit_accounts(request: Asked, query: Query[AccountQuery]) -> AccountPage:
    """Of customers you may see."""
    found = queries.accounts_for(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.blocked is not None:
        found = found.exclude(blocks=[]) if query.blocked else found.filter(blocks=[])
    items, last = newest(request, found, query)
    return AccountPage(items=[_account(one) for one in items], next=last)


@router.get("/exceptions", response=ExceptionPage, summary="List credit exceptions")
def list_credit_exceptions(request: Asked, query: Query[OfCustomer]) -> ExceptionPage:
    """For customers you may see, the newest first."""
    found = queries.exceptions_for(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    items, last = newest(request, found, query)
    return ExceptionPage(items=[_exception(one) for one in items], next=last)


@router.post("/exceptions", response={201: ExceptionOut}, summary="Ask for a credit exception")
def ask_credit_exception(
    request: Asked, wanted: ExceptionIn, key: IdempotencyKey = ""
) -> Status[ExceptionOut]:
    """Another limit, or that orders pass although money is late; somebody else approves it."""
    require(request.user, COLLECT)
    customer = customer_of(request, wanted.customer)
    told = wanted.dict(exclude={"customer"})
    return Status(201, _exception(actions.ask(request.user, customer, key=key, **told)))


@router.post(
    "/exceptions/{int:exception_id}/decide",
    response=ExceptionOut,
    summary="Approve or reject a credit exception",
)
def decide_credit_exception(
    request: Asked, exception_id: Id, wanted: ExceptionDecisionIn
) -> ExceptionOut:
    """One that somebody else asked for."""
    require(request.user, APPROVE)
    asked = get_object_or_404(queries.exceptions_for(request.user), pk=exception_id)
    return _exception(
        actions.decide(
            request.user,
            asked,
            approve=wanted.approve,
            answer=wanted.answer,
            expected_version=wanted.version,
        )
    )


@router.delete(
    "/exceptions/{int:exception_id}", response=ExceptionOut, summary="End a credit exception"
)
def end_credit_exception(request: Asked, exception_id: Id) -> ExceptionOut:
    """Before its day, or before it was decided."""
    require(request.user, COLLECT)
    asked = get_object_or_404(queries.exceptions_for(request.user), pk=exception_id)
    return _exception(actions.end(request.user, asked))


@router.get("/holds", response=HoldPage, summary="List holds of orders")
def list_credit_holds(request: Asked, query: Query[OfCustomer]) -> HoldPage:
    """Of customers you may see, the newest first."""
    found = queries.holds_for(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    items, last = newest(request, found, query)
    return HoldPage(items=[_hold(one) for one in items], next=last)


@router.post("/holds", response={201: HoldOut}, summary="Hold a customer's orders")
def place_credit_hold(request: Asked, wanted: HoldIn, key: IdempotencyKey = "") -> Status[HoldOut]:
    """What is paid in advance still passes."""
    require(request.user, HOLD)
    customer = customer_of(request, wanted.customer)
    return Status(201, _hold(actions.hold(request.user, customer, wanted.reason, key=key)))


@router.delete("/holds/{int:hold_id}", response=HoldOut, summary="Release a customer's orders")
def release_credit_hold(request: Asked, hold_id: Id, query: Query[ReleaseQuery]) -> HoldOut:
    """Say why."""
    require(request.user, HOLD)
    held = get_object_or_404(queries.holds_for(request.user), pk=hold_id)
    return _hold(actions.release(request.user, held, query.reason, expected_version=query.version))


def _account(one: CreditAccount) -> AccountOut:
    plain = AccountOut.model_fields.keys() - {"customer"}
    return AccountOut(**{name: getattr(one, name) for name in plain}, customer=one.customer.code)


def _exception(one: CreditException) -> ExceptionOut:
    plain = ExceptionOut.model_fields.keys() - {"id", "customer", "by", "decided_by"}
    return ExceptionOut(
        **{name: getattr(one, name) for name in plain},
        id=one.pk,
        customer=one.customer.code,
        by=one.by.username,
        decided_by=one.decided_by.username if one.decided_by else None,
    )


def _hold(one: CreditHold) -> HoldOut:
    plain = HoldOut.model_fields.keys() - {"id", "customer", "by"}
    return HoldOut(
        **{name: getattr(one, name) for name in plain},
        id=one.pk,
        customer=one.customer.code,
        by=one.by.username,
    )
