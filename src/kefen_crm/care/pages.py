"""What the pages of others show of care."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.care import queries
from kefen_crm.care.permits import SEE
from kefen_crm.care.preview import in_words
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer

LISTED: Final = 5
LATELY: Final = 7
"""Days for which what came too late needs attention."""


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """What comes next for a customer, and what was given lately."""
    user: Any = request.user
    if not may(user, SEE):
        return None
    coming = [(one, in_words(one)) for one in queries.coming(customer)]
    cares = list(customer.cares.select_related("task", "message", "contact")[:LISTED])
    return {"coming": coming, "cares": cares} if coming or cares else None


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Occasions that were over before anything could be made."""
    user: Any = request.user
    if may(user, SEE) and (count := queries.too_late(user, LATELY)):
        title = ngettext(
            "%(count)s greeting came too late", "%(count)s greetings came too late", count
        )
        yield AttentionItem(
            "calendar-off",
            "orange",
            title % {"count": count},
            _("They were due while nothing ran, or waited for a decision; none was sent."),
            reverse("care:list") + "?state=late",
        )
