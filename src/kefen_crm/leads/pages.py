"""What other pages show of leads: what needs attention, and where a customer came from."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.leads.models import Lead
from kefen_crm.leads.permits import WORK_LEADS
from kefen_crm.leads.queries import leads_for
from kefen_crm.platform.numbers import whole
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer

SLOW: Final = timedelta(days=1)
"""So long a new lead may be untouched."""
LISTED: Final = 5


def panel(_request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The leads that were converted into a customer; nothing where there are none."""
    found = list(customer.leads.order_by("-ended_at")[:LISTED])
    if not found:
        return None
    return {"leads": found, "summary": f"{found[0].number} · {found[0].get_source_display()}"}


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """New leads that nobody touched for a day, and those that nobody has."""
    user: Any = request.user
    if not may(user, WORK_LEADS):
        return
    found = leads_for(user).filter(state=Lead.State.NEW)
    slow, free = Q(touched_at__lt=timezone.now() - SLOW), Q(owner=None)
    counts = found.order_by().aggregate(
        slow=Count("pk", filter=slow & ~free), free=Count("pk", filter=free)
    )
    listed = reverse("leads:list")
    if count := counts["slow"]:
        title = ngettext(
            "%(count)s lead waits for an answer", "%(count)s leads wait for an answer", count
        )
        yield AttentionItem(
            "user-search", "orange", title % {"count": whole(count)},
            _("They came more than a day ago, and nobody did anything yet."),
            f"{listed}?state=new",
        )  # fmt: skip
    if (count := counts["free"]) and may(user, Permit.ASSIGN_CUSTOMERS):
        title = ngettext("%(count)s lead is nobody's", "%(count)s leads are nobody's", count)
        yield AttentionItem(
            "user-search", "orange", title % {"count": whole(count)}, _("Give them to somebody."),
            f"{listed}?whose=nobody",
        )  # fmt: skip
