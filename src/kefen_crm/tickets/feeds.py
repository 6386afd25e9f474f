"""Brings tickets into the ledger: as feedback, and what was said about them as interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from kefen_crm.platform.parts import LedgerFeed
from kefen_crm.tickets.models import Message, Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.platform.models import Event

TICKETS: Final = (
    "ticket.opened", "ticket.changed", "ticket.solved", "ticket.reopened", "ticket.merged",
)  # fmt: skip
MESSAGES: Final = ("ticket.answered", "ticket.heard")
TYPES: Final = {Ticket.Kind.QUESTION: "inquiry"}
"""What the ledger calls a kind of ticket, where it is not the same."""
LONGEST: Final = 500
"""Characters of what was said that the ledger is told."""


def feedback_of(found: Sequence[Event]) -> dict[str, list[Mapping[str, Any]]]:
    """The row of each ticket as it stands now, by its number; none of one that was merged."""
    tickets = Ticket.objects.filter(pk__in=[one.object_id for one in found])
    return {
        one.number: [] if one.merged_into_id else [_feedback(one)]
        for one in tickets.select_related("customer")
    }


def interactions_of(found: Sequence[Event]) -> dict[str, list[Mapping[str, Any]]]:
    """The row of each message to or from a customer, by its number."""
    messages = Message.objects.filter(pk__in=[one.object_id for one in found])
    return {
        f"{one.ticket.number}-{one.pk}": [_interaction(one)]
        for one in messages.select_related("ticket__customer", "by")
    }


def _feedback(ticket: Ticket) -> dict[str, Any]:
    kind = Ticket.Kind(ticket.kind)
    row = {
        "feedback_id": ticket.number,
        "customer_id": ticket.customer.code,
        "given_on": timezone.localdate(ticket.opened_at).isoformat(),
        "type": TYPES.get(kind, kind.value),
        "status": "resolved" if ticket.solved else "open",
        "resolved_on": ticket.solved_at and timezone.localdate(ticket.solved_at).isoformat(),
        "topic": ticket.cause or ticket.product,
        "note": ticket.title,
    }
    return {name: value for name, value in row.items() if value}


def _interaction(said: Message) -> dict[str, Any]:
    ticket = said.ticket
    row = {
        "interaction_id": f"{ticket.number}-{said.pk}",
        "customer_id": ticket.customer.code,
        "happened_on": timezone.localdate(said.at).isoformat(),
        "type": "service",
        "direction": said.direction,
        "topic": ticket.title,
        "by": said.by.display_name if said.by else "",
        "note": said.text[:LONGEST],
    }
    return {name: value for name, value in row.items() if value}


FEEDS = (
    LedgerFeed("feedback", TICKETS, feedback_of, prefix="T-"),
    LedgerFeed("interactions", MESSAGES, interactions_of, prefix="T-"),
)
