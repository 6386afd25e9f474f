"""The ticket that a program names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404

from kefen_crm.tickets.models import Ticket
from kefen_crm.tickets.queries import tickets_for

if TYPE_CHECKING:
    from kefen_crm.team.sign_in import Asked


def ticket_of(request: Asked, pk: int) -> Ticket:
    """The ticket of an id, of a customer whom the asker may see."""
    tickets = tickets_for(request.user).select_related("customer", "owner", "merged_into")
    found: Ticket = get_object_or_404(tickets, pk=pk)
    return found
