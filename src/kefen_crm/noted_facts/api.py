"""Facts noted by hand: by people on the site, and by programs that stand in for them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.api_named import customer_of
from kefen_crm.noted_facts import actions
from kefen_crm.noted_facts.kinds import KINDS
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.noted_facts.queries import in_question, noted_for
from kefen_crm.platform.api.paging import OfCustomer, Page, newest
from kefen_crm.platform.api.values import TOOL, IdempotencyKey, Whole
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Noted facts"])

Kind = StrEnum("Kind", {name: name for name in KINDS})  # type: ignore[misc]
Id = Annotated[int, Path(ge=1, le=2**62, description="The number of a fact, without N-.")]
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Value = Text | bool | int | float | None
EXAMPLE = {"ordered_on": "2026-01-31", "amount": "1200.00", "channel": "phone"}


class NotedOut(BaseModel):
    """A fact that somebody noted, as it is now."""

    id: int
    number: str = Field(description="Its number in the ledger.", examples=["N-000001"])
    kind: str = Field(examples=["orders"])
    customer: str = Field(examples=["C0001"])
    on: date
    amount: Decimal | None
    values: dict[str, Any] = Field(examples=[EXAMPLE])
    state: Literal["noted", "corrected", "withdrawn"]
    same_as: str = Field(
        description="The number of a fact that an import brought and that looks the same.",
        examples=["O-20260131-7"],
    )
    kept: bool = Field(description="Somebody said that both are true.")
    version: int
    by: str
    created: datetime
    changed: datetime


class NotedPage(Page[NotedOut]):
    pass


class NotedQuery(OfCustomer):
    kind: Kind | None = None
    imported: bool = Field(
        False, description="Only those that an import seems to have brought, too, undecided."
    )


class NotedIn(Schema, extra="forbid"):
    kind: Kind
    customer: str = Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])
    values: dict[str, Value] = Field(
        description="By the columns of the kind; money is text.", examples=[EXAMPLE]
    )


class FactCorrection(Schema, extra="forbid"):
    values: dict[str, Value] = Field(
        description="What is said anew; null empties, the rest stays.", examples=[EXAMPLE]
    )
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")
    reason: Text = ""


class FactWithdrawal(Schema):
    version: int | None = Field(None, ge=1, description="Refused when it is another by now.")
    reason: Text = ""


@router.get("", response=NotedPage, summary="List facts noted by hand", openapi_extra=TOOL)
def list_noted(request: Asked, query: Query[NotedQuery]) -> NotedPage:
    """Of customers you may see, the newest first; those withdrawn, too."""
    chosen = in_question if query.imported else noted_for
    found = chosen(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.kind:
        found = found.filter(kind=query.kind.value)
    items, last = newest(request, found, query)
    return NotedPage(items=[_told(one) for one in items], next=last)


@router.post("", response={201: NotedOut}, summary="Note a fact", openapi_extra=TOOL)
def note_fact(
    request: Asked, wanted: NotedIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[NotedOut]:
    """Note an order, a return, an invoice, a payment or feedback; activities are logged.

    It is on the customer's page at once, in the ledger moments later, and counts in its classes.
    """
    require(request.user, actions.NOTE)
    customer = customer_of(request, wanted.customer)
    fact = actions.note(request.user, customer, wanted.kind.value, wanted.values, key=key)
    response["Location"] = f"/api/v1/noted/{fact.pk}"
    return Status(201, _told(fact))


@router.get("/{int:fact_id}", response=NotedOut, summary="One fact noted by hand")
def get_noted(request: Asked, fact_id: Id) -> NotedOut:
    """As it is now."""
    return _told(_one(request, fact_id))


@router.patch("/{int:fact_id}", response=NotedOut, summary="Correct a fact")
def correct_fact(
    request: Asked, fact_id: Id, wanted: FactCorrection, key: IdempotencyKey = ""
) -> NotedOut:
    """Say what it was in truth; the classes of its customer follow."""
    require(request.user, actions.NOTE)
    fact = _one(request, fact_id)
    values = {**fact.given, **wanted.values}
    return _told(
        actions.correct(
            request.user,
            fact,
            values,
            expected_version=wanted.version,
            key=key,
            reason=wanted.reason,
        )
    )


@router.delete("/{int:fact_id}", response=NotedOut, summary="Withdraw a fact")
def withdraw_fact(
    request: Asked, fact_id: Id, query: Query[FactWithdrawal], key: IdempotencyKey = ""
) -> NotedOut:
    """Say that it never was: it counts no more, and stays to be read."""
    require(request.user, actions.NOTE)
    fact = _one(request, fact_id)
    return _told(
        actions.withdraw(
            request.user, fact, expected_version=query.version, key=key, reason=query.reason
        )
    )


@router.post("/{int:fact_id}/keep", response=NotedOut, summary="Say that both facts are true")
def keep_fact(request: Asked, fact_id: Id, key: IdempotencyKey = "") -> NotedOut:
    """It is another than the one of an import that looks the same; both count."""
    require(request.user, actions.NOTE)
    return _told(actions.keep(request.user, _one(request, fact_id), key=key))


def _one(request: Asked, pk: int) -> NotedFact:
    found: NotedFact = get_object_or_404(noted_for(request.user), pk=pk)
    return found


def _told(fact: NotedFact) -> NotedOut:
    return NotedOut(
        id=fact.pk,
        number=fact.number,
        kind=fact.kind,
        customer=fact.customer.code,
        on=fact.on,
        amount=fact.amount,
        values=fact.given,
        state=fact.state,
        same_as=fact.same_as,
        kept=fact.kept,
        version=fact.version,
        by=fact.by.username,
        created=fact.created,
        changed=fact.changed,
    )
