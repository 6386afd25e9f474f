"""Whom leads are told to, and how they stand on the timeline and in the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy, gettext_noop

from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText, TimelineKind
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.platform.models import Event

GIVEN = NoticeKind("lead.given", gettext_lazy("Somebody gives me a lead"), "user-search")
KINDS = (GIVEN,)
GROUP = gettext_lazy("Leads")


def _owner(event: Event) -> Iterable[User | None]:
    owner = (event.after or {}).get("owner")
    return [User.objects.filter(pk=owner).first()] if owner else []


def _given(event: Event) -> NoticeText | None:
    after = event.after or {}
    if event.actor is None or after.get("owner") in (None, event.actor_id):
        return None
    told = {"who": event.actor.display_name, "title": after.get("title", "")}
    text = gettext_noop("%(who)s gave you the lead “%(title)s”")
    return NoticeText(text, told, reverse("leads:detail", args=[event.object_id]))


def titled(event: Event) -> str:
    """Who it is about, and why."""
    after = event.after or {}
    name = after.get("title") or " · ".join(filter(None, [after.get("company"), after.get("name")]))
    return " · ".join(filter(None, [str(name), event.reason]))


NOTICES = (Notice("lead.given", GIVEN.name, _owner, _given),)
TIMELINE = (
    TimelineKind("lead.noted", gettext_lazy("Lead noted"), "user-search", GROUP, titled),
    TimelineKind("lead.changed", gettext_lazy("Lead changed"), "pencil", GROUP),
    TimelineKind("lead.given", gettext_lazy("Lead given"), "user-share", GROUP, titled),
    TimelineKind("lead.dropped", gettext_lazy("Lead dropped"), "circle-x", GROUP, titled),
    TimelineKind("lead.taken-up", gettext_lazy("Lead taken up again"), "refresh", GROUP, titled),
    TimelineKind("lead.converted", gettext_lazy("Lead converted"), "user-check", GROUP, titled),
    TimelineKind("leadmodel.published", gettext_lazy("Learned chance published"), "school", GROUP),
    TimelineKind("leadmodel.withdrawn", gettext_lazy("Learned chance withdrawn"), "circle-x",
                 GROUP),
    TimelineKind("leadmodel.failed", gettext_lazy("Learning of leads failed"), "alert-octagon",
                 GROUP),
)  # fmt: skip
