"""Tickets for programs: opened, read with their clocks, answered, solved."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel, StrictBool

from kefen_crm.articles.queries import published_article
from kefen_crm.customers.api_named import customer_of, user_of
from kefen_crm.platform.api.paging import OfCustomer, Page, newest
from kefen_crm.platform.api.values import (
    TOOL,
    Code,
    Id,
    IdempotencyKey,
    Reason,
    Short,
    Version,
    Whole,
)
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked
from kefen_crm.tickets import actions
from kefen_crm.tickets.actions import SERVE
from kefen_crm.tickets.api_named import ticket_of
from kefen_crm.tickets.link_api import TicketLinkOut, links_out
from kefen_crm.tickets.link_api import router as link_router
from kefen_crm.tickets.models import Message, ServiceClock, Ticket
from kefen_crm.tickets.queries import thread_of, tickets_for
from kefen_crm.tickets.reply_api import of_ticket as replies_router

router = Router(tags=["Tickets"])
router.add_router("", link_router)
router.add_router("", replies_router)

Kind = Literal["question", "complaint", "repair", "suggestion", "praise"]
Severity = Literal["low", "normal", "urgent"]
State = Literal["open", "waiting", "solved", "merged"]
Channel = Literal["call", "wechat", "mail", "meeting", "visit", ""]
Said = Annotated[str, Field(min_length=1, max_length=actions.LONGEST, pattern=r"^[^\x00]+$")]
Words = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class TicketOut(BaseModel):
    """A ticket as it is now."""

    id: int
    number: str = Field(examples=["T-000012"], description="Its number in the ledger's feedback.")
    customer: str = Field(examples=["C0001"])
    contact: str
    kind: Kind
    severity: Severity
    title: str
    product: str
    cause: str
    state: State
    owner: str | None = Field(description="A user name.", examples=["carol"])
    opened_at: datetime
    answered_at: datetime | None
    solved_at: datetime | None
    due_at: datetime | None = Field(description="When the first running clock runs out.")
    reopened: int
    merged_into: int | None = Field(description="The ticket that goes on instead of it.")
    version: int


class TicketPage(Page[TicketOut]):
    pass


class MessageOut(BaseModel):
    """Something said about a ticket."""

    id: int
    ticket: int = Field(description="Which it was said about; another one where that was merged.")
    direction: Literal["in", "out", "note"] = Field(description="From or to the customer.")
    channel: str
    text: str
    at: datetime
    by: str


class ClockOut(BaseModel):
    """What the ticket was promised; minutes of work."""

    target: Literal["first", "next", "resolve"]
    rule: str = Field(description="The service level that it came from.")
    allowed_minutes: int
    paused_minutes: int
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None


class TicketWhole(TicketOut):
    """With what was said, its clocks, and which tickets it is linked to."""

    messages: list[MessageOut]
    clocks: list[ClockOut]
    links: list[TicketLinkOut]


class TicketQuery(OfCustomer):
    owner: Short = Field("", description="A user name.")
    state: State | None = None
    kind: Kind | None = None


class TicketIn(Schema, extra="forbid"):
    customer: Code
    title: Title
    text: Said
    kind: Kind = "question"
    severity: Severity = "normal"
    contact: Words = ""
    product: Words = ""
    channel: Channel = ""
    owner: Short = Field("", description="A user name; by default yours.")


class MessageIn(Schema, extra="forbid"):
    direction: Literal["in", "out", "note"]
    text: Said
    channel: Channel = ""
    wait: StrictBool = Field(True, description="After an answer: wait for the customer.")
    article: Annotated[Whole, Field(ge=1, le=2**62)] | None = Field(
        None, description="Of an answer: a published article whose address is added below it."
    )


class TicketChange(Schema, extra="forbid"):
    title: Title | None = None
    kind: Kind | None = None
    severity: Severity | None = None
    product: Words | None = None
    cause: Words | None = None
    version: Version = None


class TicketGiving(Schema, extra="forbid"):
    owner: Short = Field(description="A user name; empty for nobody.", examples=["carol"])
    version: Version = None


class Solving(Schema, extra="forbid"):
    text: Annotated[str, Field(max_length=actions.LONGEST, pattern=r"^[^\x00]*$")] = ""
    cause: Words = Field("", description="What a complaint came from; asked for of complaints.")
    channel: Channel = ""
    version: Version = None


class Merging(Schema, extra="forbid"):
    into: Annotated[Whole, Field(ge=1, le=2**62)] = Field(
        description="The `id` of another ticket of the same customer.", examples=[12]
    )
    reason: Reason = Field(min_length=1)
    version: Version = None


class Reopening(Schema, extra="forbid"):
    reason: Reason = Field(min_length=1)
    version: Version = None


@router.get("", response=TicketPage, summary="List tickets", openapi_extra=TOOL)
def list_tickets(request: Asked, query: Query[TicketQuery]) -> TicketPage:
    """Of customers you may see, the newest first."""
    found = tickets_for(request.user).select_related("customer", "owner")
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.owner:
        found = found.filter(owner__username=query.owner)
    if query.state:
        found = found.filter(state=query.state)
    if query.kind:
        found = found.filter(kind=query.kind)
    items, last = newest(request, found, query)
    return TicketPage(items=[TicketOut(**_values(one)) for one in items], next=last)


@router.post("", response={201: TicketOut}, summary="Open a ticket", openapi_extra=TOOL)
def open_ticket(
    request: Asked, wanted: TicketIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[TicketOut]:
    """Its clocks start by the service level in force for the customer's class."""
    require(request.user, SERVE)
    values = wanted.dict(exclude={"customer", "owner"})
    if wanted.owner:
        values["owner"] = user_of(wanted.owner)
    customer = customer_of(request, wanted.customer)
    ticket = actions.open_ticket(request.user, customer, values, key=key)
    response["Location"] = f"/api/v1/tickets/{ticket.pk}"
    return Status(201, TicketOut(**_values(ticket)))


@router.get("/{int:ticket_id}", response=TicketWhole, summary="One ticket", openapi_extra=TOOL)
def get_ticket(request: Asked, ticket_id: Id) -> TicketWhole:
    """With what was said, what it was promised, and its links to others that you may see."""
    ticket = ticket_of(request, ticket_id)
    return TicketWhole(
        **_values(ticket),
        messages=[_message(one) for one in thread_of(ticket).select_related("by")],
        clocks=[_clock(one) for one in ticket.clocks.all()],
        links=links_out(request, ticket),
    )


@router.patch("/{int:ticket_id}", response=TicketOut, summary="Change a ticket")
def change_ticket(
    request: Asked, ticket_id: Id, wanted: TicketChange, key: IdempotencyKey = ""
) -> TicketOut:
    """One that becomes urgent has the shorter times from now on."""
    require(request.user, SERVE)
    values = wanted.dict(exclude={"version"}, exclude_none=True)
    ticket = actions.change(
        request.user,
        ticket_of(request, ticket_id),
        values,
        expected_version=wanted.version,
        key=key,
    )
    return TicketOut(**_values(ticket))


@router.post(
    "/{int:ticket_id}/messages",
    response={201: MessageOut},
    summary="Note what was said",
    openapi_extra=TOOL,
)
def add_message(
    request: Asked, ticket_id: Id, wanted: MessageIn, key: IdempotencyKey = ""
) -> Status[MessageOut]:
    """An answer stops the clock of answers; what the customer said reopens a solved ticket."""
    require(request.user, SERVE)
    ticket, user = ticket_of(request, ticket_id), request.user
    if wanted.direction == "in":
        said = actions.hear(user, ticket, wanted.text, channel=wanted.channel, key=key)
    elif wanted.direction == "note":
        said = actions.note(user, ticket, wanted.text, key=key)
    else:
        article = published_article(wanted.article) if wanted.article else None
        said = actions.answer(
            user,
            ticket,
            wanted.text,
            channel=wanted.channel,
            wait=wanted.wait,
            article=article,
            key=key,
        )
    return Status(201, _message(said))


@router.post("/{int:ticket_id}/give", response=TicketOut, summary="Give a ticket to somebody")
def give_ticket(
    request: Asked, ticket_id: Id, wanted: TicketGiving, key: IdempotencyKey = ""
) -> TicketOut:
    """Who may answer tickets, or to nobody."""
    require(request.user, SERVE)
    ticket = ticket_of(request, ticket_id)
    owner = user_of(wanted.owner) if wanted.owner else None
    given = actions.give(request.user, ticket, owner, expected_version=wanted.version, key=key)
    return TicketOut(**_values(given))


@router.post(
    "/{int:ticket_id}/solve", response=TicketOut, summary="Solve a ticket", openapi_extra=TOOL
)
def solve_ticket(
    request: Asked, ticket_id: Id, wanted: Solving, key: IdempotencyKey = ""
) -> TicketOut:
    """A complaint says what it came from; one never answered says the answer."""
    require(request.user, SERVE)
    ticket, values = ticket_of(request, ticket_id), wanted.dict(exclude={"version"})
    solved = actions.solve(request.user, ticket, **values, expected_version=wanted.version, key=key)
    return TicketOut(**_values(solved))


@router.post("/{int:ticket_id}/merge", response=TicketOut, summary="Merge a ticket into another")
def merge_ticket(
    request: Asked, ticket_id: Id, wanted: Merging, key: IdempotencyKey = ""
) -> TicketOut:
    """What it was promised and what was said about it go on with the other, which is given."""
    require(request.user, SERVE)
    ticket, into = ticket_of(request, ticket_id), ticket_of(request, wanted.into)
    other = actions.merge(
        request.user, ticket, into, wanted.reason, expected_version=wanted.version, key=key
    )
    return TicketOut(**_values(other))


@router.post("/{int:ticket_id}/reopen", response=TicketOut, summary="Reopen a ticket")
def reopen_ticket(
    request: Asked, ticket_id: Id, wanted: Reopening, key: IdempotencyKey = ""
) -> TicketOut:
    """The clock of the solution goes on where it ended."""
    require(request.user, SERVE)
    ticket = ticket_of(request, ticket_id)
    reopened = actions.reopen(
        request.user, ticket, wanted.reason, expected_version=wanted.version, key=key
    )
    return TicketOut(**_values(reopened))


_PLAIN = (
    "number", "contact", "kind", "severity", "title", "product", "cause", "state", "opened_at",
    "answered_at", "solved_at", "due_at", "reopened", "version",
)  # fmt: skip


def _values(ticket: Ticket) -> dict[str, object]:
    return {
        **{name: getattr(ticket, name) for name in _PLAIN},
        "id": ticket.pk,
        "merged_into": ticket.merged_into_id,
        "customer": ticket.customer.code,
        "owner": ticket.owner.username if ticket.owner else None,
    }


def _message(one: Message) -> MessageOut:
    return MessageOut(
        id=one.pk,
        ticket=one.ticket_id,
        direction=one.direction,
        channel="" if one.channel == "note" else one.channel,
        text=one.text,
        at=one.at,
        by=one.by.username if one.by else "",
    )


def _clock(one: ServiceClock) -> ClockOut:
    plain = (
        "target", "rule", "started_at", "due_at", "paused_at", "stopped_at", "breached_at",
    )  # fmt: skip
    return ClockOut(
        **{name: getattr(one, name) for name in plain},
        allowed_minutes=one.allowed,
        paused_minutes=one.paused,
    )
