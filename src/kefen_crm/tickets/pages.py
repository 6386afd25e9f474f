"""What the pages of others show of tickets: the customer's panel, and what needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.links import linked
from kefen_crm.customers.queries import may_change, visible_to
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.team.roles import may
from kefen_crm.tickets.actions import SERVE
from kefen_crm.tickets.models import Ticket
from kefen_crm.tickets.queries import tickets_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer

LISTED = 5
NAMED = 3


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The customer's tickets, those not solved first; nothing for who neither has nor opens any."""
    user: Any = request.user
    writable = may(user, SERVE) and may_change(user, customer)
    unsolved = customer.tickets.unsolved()
    found = list(unsolved.select_related("owner")[:LISTED])
    solved = list(customer.tickets.filter(state=Ticket.State.SOLVED)[: LISTED - len(found)])
    if not (found or solved or writable):
        return None
    return {"unsolved": found, "solved": solved, "now": timezone.now(), "writable": writable}


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Tickets that were promised earlier, and those that nobody has."""
    user: Any = request.user
    if not may(user, SERVE):
        return
    unsolved = tickets_for(user).unsolved()
    late = Q(due_at__lt=timezone.now())
    counts = unsolved.order_by().aggregate(
        late=Count("pk", filter=late), free=Count("pk", filter=Q(owner=None))
    )
    if count := counts["late"]:
        title = ngettext("%(count)s ticket is late", "%(count)s tickets are late", count)
        whose = visible_to(user).filter(tickets__in=unsolved.filter(late)).distinct()
        yield AttentionItem(
            "headset", "red", title % {"count": count},
            _("They were promised an answer or a solution earlier."),
            reverse("tickets:queue") + "?state=late", names=linked(whose[:NAMED]),
        )  # fmt: skip
    if count := counts["free"]:
        title = ngettext("%(count)s ticket is nobody's", "%(count)s tickets are nobody's", count)
        yield AttentionItem(
            "headset", "orange", title % {"count": count}, _("Give them to somebody."),
            reverse("tickets:queue") + "?whose=nobody",
        )  # fmt: skip
