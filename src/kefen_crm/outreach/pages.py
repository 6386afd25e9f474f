"""What the pages of others show of outreach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.customers.queries import may_change
from kefen_crm.outreach.models import Channel, Template, Why
from kefen_crm.outreach.permits import WRITE_TO
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event

LISTED = 5


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The newest messages to a customer; nothing where nobody writes to customers."""
    user: Any = request.user
    found = list(customer.outreach_messages.select_related("wording__template")[:LISTED])
    writable = (
        may(user, WRITE_TO)
        and Template.objects.filter(active=True).exists()
        and may_change(user, customer)
    )
    if not (found or writable):
        return None
    told = found[0].get_state_display() if found else ""
    return {"messages": found, "writable": writable, "summary": told, "empty": not found}


def said(why: str) -> str:
    """Why a message did not arrive, in words; a provider's own word stays."""
    return str(Why(why).label) if why in Why.values else why


def detail(event: Event) -> str:
    """What was sent by which channel, and why it did not arrive."""
    told = event.after or {}
    channel = told.get("channel", "")
    parts = [
        str(Channel(channel).label) if channel in Channel.values else "",
        str(told.get("subject") or told.get("name") or ""),
        str(told.get("to") or ""),
        said(str(told.get("why") or "")),
    ]
    return " · ".join(filter(None, parts))
