"""Whom it is told to that a fact noted by hand came by an import, too: whoever noted it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kefen_crm.noted_facts.kinds import KINDS
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event
    from kefen_crm.team.models import User

IMPORTED = NoticeKind("noted.imported", _("What I noted came by an import, too"), "copy")


def _whom(event: Event) -> list[User]:
    return [one.by for one in NotedFact.objects.filter(pk=event.object_id).select_related("by")]


def _tell(event: Event) -> NoticeText | None:
    other = (event.after or {}).get("same_as")
    if event.customer is None or not other:
        return None
    data = {
        "number": NotedFact(pk=int(event.object_id)).number,
        "other": other,
        "customer": event.customer.name,
    }
    text = gettext_noop("%(number)s of %(customer)s may have been imported as %(other)s, too")
    return NoticeText(text, data, reverse("noted_facts:imported"))


NOTICES = tuple(
    Notice(f"{one.thing}.imported", IMPORTED.name, _whom, _tell) for one in KINDS.values()
)
