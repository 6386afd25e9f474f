"""What other pages show of opportunities: the customer's panel, and what needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.links import linked
from kefen_crm.customers.queries import may_change, visible_to
from kefen_crm.opportunities.permits import SELL
from kefen_crm.opportunities.queries import mark_rotten, opportunities_for, rotting
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer

LISTED: Final = 5
NAMED: Final = 3


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The customer's opportunities, open ones first; nothing for who has and opens none."""
    user: Any = request.user
    writable = may(user, SELL) and may_change(user, customer)
    found = list(customer.opportunities.filter(state="open").select_related("stage")[:LISTED])
    closed = customer.opportunities.exclude(state="open").order_by("-closed_on")
    ended = list(closed[: LISTED - len(found)])
    if not (found or ended or writable):
        return None
    now = timezone.now()
    today = current().today(now)
    mark_rotten(found, now, today)
    return {"open": found, "ended": ended, "today": today, "writable": writable}


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Opportunities in which nothing moves, and those whose day has passed."""
    user: Any = request.user
    if not may(user, SELL):
        return
    now = timezone.now()
    today = current().today(now)
    found = opportunities_for(user).filter(state="open")
    rotten, late = rotting(now, today), Q(close_on__lt=today)
    counts = found.order_by().aggregate(
        rotten=Count("pk", filter=rotten), rotten_money=Sum("amount", filter=rotten),
        late=Count("pk", filter=late), late_money=Sum("amount", filter=late),
    )  # fmt: skip
    listed = reverse("opportunities:list")
    if count := counts["rotten"]:
        title = ngettext("%(count)s opportunity rots", "%(count)s opportunities rot", count) % {
            "count": count
        }
        whose = visible_to(user).filter(opportunities__in=found.filter(rotten)).distinct()
        yield AttentionItem(
            "hourglass-low", "orange", title,
            _("Nothing moved for longer than their stage allows."),
            f"{listed}?state=rotten", money=counts["rotten_money"], names=linked(whose[:NAMED]),
        )  # fmt: skip
    if count := counts["late"]:
        title = ngettext(
            "The day of %(count)s opportunity has passed",
            "The day of %(count)s opportunities has passed",
            count,
        ) % {"count": count}
        yield AttentionItem(
            "calendar-x", "blue", title, _("Say when the order is expected now, or how it ended."),
            f"{listed}?state=late", money=counts["late_money"],
        )  # fmt: skip
