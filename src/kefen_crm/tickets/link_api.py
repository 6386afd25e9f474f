"""Links between tickets, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.platform.api.values import Id, IdempotencyKey, Whole
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked
from kefen_crm.tickets import linking
from kefen_crm.tickets.api_named import ticket_of
from kefen_crm.tickets.permits import SERVE
from kefen_crm.tickets.queries import Linked, linked, links_of

if TYPE_CHECKING:
    from kefen_crm.tickets.models import Ticket

router = Router(tags=["Tickets"])

TicketLinkKind = Literal["related", "caused_by", "cause_of", "duplicate_of", "duplicated_by"]


class TicketLinkOut(BaseModel):
    """A link of a ticket to another."""

    id: int
    kind: TicketLinkKind = Field(description="What the ticket is to the other.")
    ticket: int = Field(description="The `id` of the other.")
    number: str = Field(examples=["T-000012"])
    title: str
    state: Literal["open", "waiting", "solved", "merged"]
    customer: str = Field(examples=["C0001"])


class TicketLinkIn(Schema, extra="forbid"):
    kind: TicketLinkKind = Field("related", description="What the ticket is to the other.")
    ticket: Annotated[Whole, Field(ge=1, le=2**62)] = Field(
        description="The `id` of the other, of whichever customer.", examples=[12]
    )


@router.post(
    "/{int:ticket_id}/links", response={201: list[TicketLinkOut]}, summary="Link two tickets"
)
def link_ticket(
    request: Asked, ticket_id: Id, wanted: TicketLinkIn, key: IdempotencyKey = ""
) -> Status[list[TicketLinkOut]]:
    """A pair is linked once: another kind takes the place of the one before. Gives all links."""
    require(request.user, SERVE)
    ticket, other = ticket_of(request, ticket_id), ticket_of(request, wanted.ticket)
    linking.link(request.user, ticket, wanted.kind, other, key=key)
    return Status(201, links_out(request, ticket))


@router.delete(
    "/{int:ticket_id}/links/{int:link_id}", response={204: None}, summary="Take a link away"
)
def unlink_ticket(request: Asked, ticket_id: Id, link_id: Id) -> Status[None]:
    """From both tickets."""
    require(request.user, SERVE)
    ticket = ticket_of(request, ticket_id)
    linking.unlink(
        request.user, ticket, get_object_or_404(linked(request.user, ticket), pk=link_id)
    )
    return Status(204, None)


def links_out(request: Asked, ticket: Ticket) -> list[TicketLinkOut]:
    """The links of a ticket to others that the asker may see."""
    return [_out(one) for one in links_of(request.user, ticket)]


def _out(one: Linked) -> TicketLinkOut:
    plain = {name: getattr(one.other, name) for name in ("number", "title", "state")}
    return TicketLinkOut(
        **plain, id=one.link.pk, kind=one.kind.value, ticket=one.other.pk,
        customer=one.other.customer.code,
    )  # fmt: skip
