"""Whom opportunities are told to, and how they stand on the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kefen_crm.opportunities.models import Stage
from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText, TimelineKind
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.platform.models import Event

GIVEN = NoticeKind("opportunity.given", gettext_lazy("Somebody gives me an opportunity"), "target")
KINDS = (GIVEN,)
GROUP = gettext_lazy("Opportunities")


def _owner(event: Event) -> Iterable[User | None]:
    owner = (event.after or {}).get("owner")
    return [User.objects.filter(pk=owner).first()] if owner else []


def _given(event: Event) -> NoticeText | None:
    owner = (event.after or {}).get("owner")
    if event.customer is None or event.actor is None or owner in (None, event.actor_id):
        return None
    told = {
        "who": event.actor.display_name,
        "customer": event.customer.name,
        "title": (event.after or {}).get("title", ""),
    }
    text = gettext_noop("%(who)s gave you the opportunity “%(title)s” of %(customer)s")
    return NoticeText(text, told, reverse("opportunities:detail", args=[event.object_id]))


def titled(event: Event) -> str:
    """What it is about, and the stage where it moved."""
    before, after = event.before or {}, event.after or {}
    title = str(after.get("title", ""))
    if event.verb == "opportunity.moved" and "stage" in after:
        named = Stage.objects.in_bulk([before.get("stage"), after["stage"]])
        told = {"title": title, "old": named.get(before.get("stage")), "new": named[after["stage"]]}
        return _("%(title)s: from %(old)s to %(new)s") % told
    return " · ".join(filter(None, [title, event.reason]))


NOTICES = (Notice("opportunity.given", GIVEN.name, _owner, _given),)
TIMELINE = (
    TimelineKind("opportunity.opened", gettext_lazy("Opportunity opened"), "target", GROUP, titled),
    TimelineKind("opportunity.changed", gettext_lazy("Opportunity changed"), "pencil", GROUP),
    TimelineKind(
        "opportunity.moved", gettext_lazy("Opportunity moved"), "arrow-right", GROUP, titled
    ),
    TimelineKind("opportunity.won", gettext_lazy("Opportunity won"), "trophy", GROUP, titled),
    TimelineKind("opportunity.lost", gettext_lazy("Opportunity lost"), "circle-x", GROUP, titled),
    TimelineKind(
        "opportunity.reopened", gettext_lazy("Opportunity reopened"), "refresh", GROUP, titled
    ),
    TimelineKind(
        "opportunity.given", gettext_lazy("Opportunity given"), "user-share", GROUP, titled
    ),
    TimelineKind("stage.made", gettext_lazy("Stage made"), "plus", GROUP),
    TimelineKind("stage.changed", gettext_lazy("Stage changed"), "pencil", GROUP),
)
