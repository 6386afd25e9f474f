"""Quotes for programs: made, changed, approved, sent, answered."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.api_named import customer_of
from kefen_crm.opportunities.permits import SELL
from kefen_crm.opportunities.queries import opportunities_for
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import TOOL, Code, Id, IdempotencyKey, Reason, Short, Version
from kefen_crm.quotes import actions, word_document
from kefen_crm.quotes.lines import MOST
from kefen_crm.quotes.models import Quote
from kefen_crm.quotes.permits import APPROVE_DISCOUNTS
from kefen_crm.quotes.queries import quotes_for
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Quotes"])

QuoteState = Literal["draft", "asked", "approved", "sent", "accepted", "declined", "replaced"]
Words = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Terms = Annotated[str, Field(max_length=3_000, pattern=r"^[^\x00]*$")]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 1, 1))]
Number = Annotated[Decimal, Field(ge=0, lt=10**9, decimal_places=4)]


class QuoteLine(Schema, extra="forbid"):
    """Something that is offered."""

    product: Title
    quantity: Number
    list_price: Number
    price: Number | None = Field(None, description="What is offered; by default the list price.")


class QuoteOut(BaseModel):
    """A version of a quote as it is now."""

    id: int
    number: str = Field(examples=["Q-000012-2"])
    number_in_chain: int = Field(description="1 for the first version.")
    customer: str = Field(examples=["C0001"])
    opportunity: int | None
    title: str
    contact: str
    lines: list[QuoteLine]
    list_total: Decimal
    total: Decimal
    discount: Decimal = Field(description="Percent below list prices.")
    ceiling: int | None = Field(description="Percent that the class may have, once it was asked.")
    valid_until: date | None
    terms: str
    language: Literal["zh", "en"]
    state: QuoteState
    reason: str
    answer: str
    by: str = Field(description="A user name.", examples=["carol"])
    decided_by: str | None
    made_at: datetime
    sent_at: datetime | None
    version: int


class QuotePage(Page[QuoteOut]):
    pass


class QuoteQuery(Paged):
    customer: Short = Field("", description="Its code.")
    state: QuoteState | None = None


class _QuoteSaid(Schema, extra="forbid"):
    contact: Words | None = None
    lines: Annotated[list[QuoteLine], Field(max_length=MOST)] | None = None
    valid_until: Day | None = None
    terms: Terms | None = None
    language: Literal["zh", "en"] | None = None


class QuoteIn(_QuoteSaid, extra="forbid"):
    customer: Code
    title: Title
    opportunity: Annotated[int, Field(ge=1, le=2**62)] | None = None


class QuoteChange(_QuoteSaid, extra="forbid"):
    title: Title | None = None
    version: Version = None


class QuoteAsking(Schema, extra="forbid"):
    reason: Reason = Field(min_length=1)
    version: Version = None


class QuoteDecision(Schema, extra="forbid"):
    approve: bool
    answer: Reason = ""
    version: Version = None


class QuoteSending(Schema, extra="forbid"):
    version: Version = None


class QuoteAnswer(Schema, extra="forbid"):
    accepted: bool
    version: Version = None


@router.get("", response=QuotePage, summary="List quotes", openapi_extra=TOOL)
def list_quotes(request: Asked, query: Query[QuoteQuery]) -> QuotePage:
    """Of customers you may see, the newest first."""
    found = quotes_for(request.user).select_related("customer", "by", "decided_by")
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.state:
        found = found.filter(state=query.state)
    items, last = newest(request, found, query)
    return QuotePage(items=[_out(one) for one in items], next=last)


@router.post("", response={201: QuoteOut}, summary="Make a quote")
def make_quote(
    request: Asked, wanted: QuoteIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[QuoteOut]:
    """As a draft."""
    require(request.user, SELL)
    values = _said(wanted) | {"title": wanted.title}
    customer = customer_of(request, wanted.customer)
    if wanted.opportunity is not None:
        found = opportunities_for(request.user).filter(pk=wanted.opportunity).first()
        if found is None:
            raise unknown("unknown-opportunity", str(wanted.opportunity), "opportunity")
        values["opportunity"] = found
    quote = actions.make(request.user, customer, values, key=key)
    response["Location"] = f"/api/v1/quotes/{quote.pk}"
    return Status(201, _out(quote))


@router.get("/{int:quote_id}", response=QuoteOut, summary="One quote")
def get_quote(request: Asked, quote_id: Id) -> QuoteOut:
    """As it is now."""
    return _out(_one(request, quote_id))


_FILE = {word_document.MEDIA: {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    "/{int:quote_id}/document",
    summary="A quote as a document",
    openapi_extra={"responses": {200: {"description": "A DOCX file.", "content": _FILE}}},
)
def get_quote_document(request: Asked, quote_id: Id) -> HttpResponse:
    """In the quote's language, under the company's letterhead, as DOCX."""
    return word_document.download(_one(request, quote_id))


@router.patch("/{int:quote_id}", response=QuoteOut, summary="Change a quote")
def change_quote(
    request: Asked, quote_id: Id, wanted: QuoteChange, key: IdempotencyKey = ""
) -> QuoteOut:
    """Refused once it is sent; what was approved has to be approved again."""
    require(request.user, SELL)
    values = _said(wanted) | ({"title": wanted.title} if wanted.title else {})
    quote = _one(request, quote_id)
    return _out(
        actions.change(request.user, quote, values, expected_version=wanted.version, key=key)
    )


@router.post("/{int:quote_id}/ask", response=QuoteOut, summary="Ask for a discount's approval")
def ask_approval(
    request: Asked, quote_id: Id, wanted: QuoteAsking, key: IdempotencyKey = ""
) -> QuoteOut:
    """Where it is above what the customer's class may have."""
    require(request.user, SELL)
    quote = _one(request, quote_id)
    return _out(
        actions.ask(request.user, quote, wanted.reason, expected_version=wanted.version, key=key)
    )


@router.post("/{int:quote_id}/decide", response=QuoteOut, summary="Approve or refuse a discount")
def decide_quote(
    request: Asked, quote_id: Id, wanted: QuoteDecision, key: IdempotencyKey = ""
) -> QuoteOut:
    """Of a quote that somebody else made."""
    require(request.user, APPROVE_DISCOUNTS)
    quote = actions.decide(
        request.user, _one(request, quote_id), approve=wanted.approve, answer=wanted.answer,
        expected_version=wanted.version, key=key,
    )  # fmt: skip
    return _out(quote)


@router.post("/{int:quote_id}/send", response=QuoteOut, summary="Note that a quote was sent")
def send_quote(
    request: Asked, quote_id: Id, wanted: QuoteSending, key: IdempotencyKey = ""
) -> QuoteOut:
    """From then on it does not change; the version sent before is replaced."""
    require(request.user, SELL)
    quote = _one(request, quote_id)
    return _out(actions.send(request.user, quote, expected_version=wanted.version, key=key))


@router.post("/{int:quote_id}/answer", response=QuoteOut, summary="Note the customer's answer")
def answer_quote(
    request: Asked, quote_id: Id, wanted: QuoteAnswer, key: IdempotencyKey = ""
) -> QuoteOut:
    """To a quote that was sent."""
    require(request.user, SELL)
    quote = actions.answer(
        request.user, _one(request, quote_id), accepted=wanted.accepted,
        expected_version=wanted.version, key=key,
    )  # fmt: skip
    return _out(quote)


@router.post("/{int:quote_id}/revise", response={201: QuoteOut}, summary="Make the next version")
def revise_quote(
    request: Asked, quote_id: Id, wanted: QuoteSending, key: IdempotencyKey = ""
) -> Status[QuoteOut]:
    """A draft that says the same as the one that was sent."""
    require(request.user, SELL)
    quote = _one(request, quote_id)
    new = actions.revise(request.user, quote, expected_version=wanted.version, key=key)
    return Status(201, _out(new))


def _one(request: Asked, pk: int) -> Quote:
    found = quotes_for(request.user).select_related("customer", "by", "decided_by")
    quote: Quote = get_object_or_404(found, pk=pk)
    return quote


def _said(wanted: _QuoteSaid) -> dict[str, Any]:
    """What a body says; null of a text says nothing."""
    said = wanted.dict(exclude_unset=True)
    values: dict[str, Any] = {
        name: said[name]
        for name in actions.CHANGEABLE
        if name in said and name != "title" and (said[name] is not None or name == "valid_until")
    }
    if "lines" in values:
        values["lines"] = [
            {
                "product": one["product"], "quantity": str(one["quantity"]),
                "list_price": str(one["list_price"]),
                "price": str(one["list_price"] if one.get("price") is None else one["price"]),
            }
            for one in values["lines"]
        ]  # fmt: skip
    return values


_PLAIN = (
    *actions.CHANGEABLE, "number", "number_in_chain", "list_total", "total", "discount", "ceiling",
    "state", "reason", "answer", "made_at", "sent_at", "version",
)  # fmt: skip


def _out(quote: Quote) -> QuoteOut:
    plain: dict[str, Any] = {name: getattr(quote, name) for name in _PLAIN}
    return QuoteOut(
        **plain,
        id=quote.pk,
        customer=quote.customer.code,
        opportunity=quote.opportunity_id,
        by=quote.by.username,
        decided_by=quote.decided_by.username if quote.decided_by else None,
    )
