"""What other pages show of quotes: the customer's panel, and what needs attention."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.queries import may_change
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform import numbers
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import Approval, AttentionItem, Verdict
from kefen_crm.quotes.permits import APPROVE_DISCOUNTS
from kefen_crm.quotes.queries import quotes_for
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer

LISTED: Final = 5
SOON: Final = timedelta(days=3)


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The customer's quotes, the newest first; nothing for who has and makes none."""
    user: Any = request.user
    writable = may(user, SELL) and may_change(user, customer)
    found = list(customer.quotes.exclude(state="replaced")[:LISTED])
    if not (found or writable):
        return None
    newest = found[0] if found else None
    told = f"{newest.number} · {newest.get_state_display()}" if newest else ""
    return {"quotes": found, "writable": writable, "summary": told, "empty": not found}


def approvals(request: HttpRequest) -> Iterator[Approval]:
    """Discounts above the ceiling that others ask for, the largest quotes first."""
    user: Any = request.user
    if not may(user, APPROVE_DISCOUNTS):
        return
    asked = quotes_for(user).filter(state="asked").exclude(by=user)
    for quote in asked.select_related("customer", "by").order_by("-total", "pk")[:LISTED]:
        told = {"discount": numbers.whole(quote.discount, 1), "quote": str(quote)}
        what = _("%(discount)s %% below list prices: %(quote)s") % told
        if quote.ceiling is not None:
            what += " · " + _("The class may have %(ceiling)s %%.") % {"ceiling": quote.ceiling}
        decide = reverse("quotes:decide", args=[quote.pk])
        sent = (("decision", "approve"), ("version", str(quote.version)))
        yield Approval(
            "file-dollar",
            quote.customer.name,
            reverse("quotes:detail", args=[quote.pk]),
            what,
            Verdict(_("Approve"), decide, sent),
            Verdict(_("Refuse…"), decide, asks=True),
            text=quote.reason,
            by=quote.by,
            money=quote.total,
        )


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Quotes that wait for approval, and sent ones that soon end without an answer."""
    user: Any = request.user
    found, today = quotes_for(user), current().today(timezone.now())
    asked = Q(state="asked") & ~Q(by=user)
    ending = Q(state="sent", valid_until__lte=today + SOON)
    counts = found.order_by().aggregate(
        asked=Count("pk", filter=asked), asked_money=Sum("total", filter=asked),
        ending=Count("pk", filter=ending), ending_money=Sum("total", filter=ending),
    )  # fmt: skip
    listed = reverse("quotes:list")
    if (count := counts["asked"]) and may(user, APPROVE_DISCOUNTS):
        title = ngettext(
            "%(count)s quote waits for approval", "%(count)s quotes wait for approval", count
        )
        yield AttentionItem(
            "file-dollar", "orange", title % {"count": count},
            _("Their discount is above what the class may have."), f"{listed}?state=asked",
            money=counts["asked_money"],
        )  # fmt: skip
    if (count := counts["ending"]) and may(user, SELL):
        title = ngettext(
            "%(count)s quote ends without an answer",
            "%(count)s quotes end without an answer",
            count,
        )
        yield AttentionItem(
            "file-dollar", "blue", title % {"count": count},
            _("They are valid for three more days at most. Ask the customer."),
            f"{listed}?state=sent", money=counts["ending_money"],
        )  # fmt: skip
