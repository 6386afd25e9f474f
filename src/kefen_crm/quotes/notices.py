"""Whom quotes are told to, and how they stand on the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy, gettext_noop

from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText, TimelineKind
from kefen_crm.quotes.models import Quote
from kefen_crm.quotes.permits import APPROVE_DISCOUNTS
from kefen_crm.team.queries import permitted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.platform.models import Event

ASKED = NoticeKind(
    "quote.approval-asked", gettext_lazy("Somebody asks for the approval of a discount"),
    "file-dollar",
)  # fmt: skip
DECIDED = NoticeKind(
    "quote.decided", gettext_lazy("The discount of my quote is approved or refused"), "file-dollar"
)
KINDS = (ASKED, DECIDED)
GROUP = gettext_lazy("Quotes")


def _approvers(_event: Event) -> Iterable[Any]:
    return permitted(APPROVE_DISCOUNTS)


def _maker(event: Event) -> Iterable[Any]:
    quote = Quote.objects.filter(pk=event.object_id).select_related("by").first()
    return [quote.by] if quote else []


def _says(text: str) -> Any:
    def tell(event: Event) -> NoticeText | None:
        if event.customer is None or event.actor is None:
            return None
        told = {"who": event.actor.display_name, "customer": event.customer.name}
        return NoticeText(text, told, reverse("quotes:detail", args=[event.object_id]))

    return tell


def titled(event: Event) -> str:
    """What a quote is about, and why."""
    after = event.after or {}
    words = [after.get("title"), after.get("total"), event.reason]
    return " · ".join(str(word) for word in words if word)


NOTICES = (
    Notice("quote.approval-asked", ASKED.name, _approvers,
           _says(gettext_noop("%(who)s asks for a discount of %(customer)s"))),
    Notice("quote.approved", DECIDED.name, _maker,
           _says(gettext_noop("%(who)s approved the discount of %(customer)s"))),
    Notice("quote.refused", DECIDED.name, _maker,
           _says(gettext_noop("%(who)s refused the discount of %(customer)s"))),
)  # fmt: skip
TIMELINE = (
    TimelineKind("quote.made", gettext_lazy("Quote made"), "file-dollar", GROUP, titled),
    TimelineKind("quote.changed", gettext_lazy("Quote changed"), "pencil", GROUP, titled),
    TimelineKind(
        "quote.approval-asked", gettext_lazy("Approval of a quote asked"), "help-circle", GROUP,
        titled,
    ),
    TimelineKind("quote.approved", gettext_lazy("Quote approved"), "check", GROUP, titled),
    TimelineKind("quote.refused", gettext_lazy("Quote refused"), "x", GROUP, titled),
    TimelineKind("quote.sent", gettext_lazy("Quote sent"), "send", GROUP, titled),
    TimelineKind("quote.accepted", gettext_lazy("Quote accepted"), "circle-check", GROUP, titled),
    TimelineKind("quote.declined", gettext_lazy("Quote declined"), "circle-x", GROUP, titled),
    TimelineKind("quote.revised", gettext_lazy("Next version of a quote"), "copy", GROUP, titled),
    TimelineKind("letterhead.changed", gettext_lazy("Letterhead changed"), "pencil", GROUP),
)  # fmt: skip
