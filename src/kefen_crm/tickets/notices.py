"""Whom tickets are told to, and how they stand on the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy, gettext_noop

from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText, TimelineKind
from kefen_crm.team.models import User
from kefen_crm.tickets import alerts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.platform.models import Event

GIVEN = NoticeKind("ticket.given", gettext_lazy("Somebody gives me a ticket"), "headset")
KINDS = (GIVEN, alerts.SOON, alerts.LATE)
GROUP = gettext_lazy("Service")


def _owner(event: Event) -> Iterable[User | None]:
    owner = (event.after or {}).get("owner")
    return [User.objects.filter(pk=owner).first()] if owner else []


def _given(event: Event) -> NoticeText | None:
    owner = (event.after or {}).get("owner")
    if event.customer is None or event.actor is None or owner in (None, event.actor_id):
        return None
    data = {"name": event.actor.display_name, "customer": event.customer.name}
    text = gettext_noop("%(name)s gave you a ticket of %(customer)s")
    return NoticeText(text, data, reverse("tickets:detail", args=[event.object_id]))


NOTICES = (Notice("ticket.given", GIVEN.name, _owner, _given),)


def detail(event: Event) -> str:
    """What a ticket is about, and what was said."""
    known = {**(event.before or {}), **(event.after or {})}
    words = [known.get("title"), known.get("cause"), known.get("text") or event.reason]
    return " · ".join(str(word) for word in words if word)


TIMELINE = (
    TimelineKind("ticket.opened", gettext_lazy("Ticket opened"), "headset", GROUP, detail),
    TimelineKind("ticket.answered", gettext_lazy("Ticket answered"), "arrow-up", GROUP, detail),
    TimelineKind("ticket.heard", gettext_lazy("Customer wrote"), "arrow-down", GROUP, detail),
    TimelineKind("ticket.noted", gettext_lazy("Ticket noted"), "note", GROUP, detail),
    TimelineKind("ticket.given", gettext_lazy("Ticket given"), "user-share", GROUP, detail),
    TimelineKind("ticket.changed", gettext_lazy("Ticket changed"), "edit", GROUP),
    TimelineKind("ticket.solved", gettext_lazy("Ticket solved"), "check", GROUP, detail),
    TimelineKind("ticket.merged", gettext_lazy("Ticket merged"), "git-merge", GROUP, detail),
    TimelineKind("ticket.linked", gettext_lazy("Tickets linked"), "link", GROUP),
    TimelineKind("ticket.unlinked", gettext_lazy("Link of tickets taken away"), "link-off", GROUP),
    TimelineKind("replytemplate.added", gettext_lazy("Reply template written"), "template", GROUP),
    TimelineKind(
        "replytemplate.changed", gettext_lazy("Reply template changed"), "template", GROUP
    ),
    TimelineKind("ticket.reopened", gettext_lazy("Ticket reopened"), "refresh", GROUP, detail),
)
