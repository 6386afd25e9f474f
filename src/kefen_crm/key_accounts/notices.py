"""Whom tenders are told to, and how events of key accounts stand on the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kefen_crm.key_accounts import contracts, reminders
from kefen_crm.key_accounts.models import Stance, Tender
from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText, TimelineKind
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.platform.models import Event

GIVEN = NoticeKind("tender.given", gettext_lazy("Somebody gives me a tender"), "gavel")
KINDS = (GIVEN, reminders.SOON, contracts.KIND)
GROUP = gettext_lazy("Key accounts")


def _goal(event: Event) -> str:
    told = {**(event.before or {}), **(event.after or {})}
    return " · ".join(filter(None, [str(told.get("goal") or ""), event.reason]))


def _placed(event: Event) -> str:
    """Who was placed, and how they stand now."""
    after = event.after or {}
    stance = after.get("stance")
    words = [after.get("name", ""), "" if stance is None else Stance(stance).label]
    return " · ".join(str(word) for word in words if word)


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
    text = gettext_noop("%(who)s gave you the tender “%(title)s” of %(customer)s")
    return NoticeText(text, told, reverse("key_accounts:tender", args=[event.object_id]))


def _tender(event: Event) -> str:
    """What it is about, and the state where it moved."""
    before, after = event.before or {}, event.after or {}
    title = str(after.get("title") or before.get("title") or "")
    if event.verb == "tender.moved" and "state" in after:
        titles = dict(Tender.State.choices)
        told = {
            "title": title,
            "old": titles.get(before.get("state", ""), ""),
            "new": titles.get(after["state"], ""),
        }
        title = _("%(title)s: from %(old)s to %(new)s") % told
    return " · ".join(filter(None, [title, event.reason]))


def _named(event: Event) -> str:
    """What it is about."""
    told = {**(event.before or {}), **(event.after or {})}
    return str(told.get("title") or told.get("text") or "")


def _contract(event: Event) -> str:
    """What it is about, until when where that changed, and why."""
    after = event.after or {}
    end = _("until %(day)s") % {"day": after["ends_on"]} if after.get("ends_on") else ""
    return " · ".join(filter(None, [str(after.get("title", "")), end, event.reason]))


NOTICES = tuple(
    Notice(verb, GIVEN.name, _owner, _given) for verb in ("tender.opened", "tender.changed")
)
TIMELINE = (
    TimelineKind("key_account.marked", gettext_lazy("Key account"), "sitemap", GROUP, _goal),
    TimelineKind(
        "key_account.changed", gettext_lazy("Key account changed"), "pencil", GROUP, _goal
    ),
    TimelineKind(
        "key_account.unmarked", gettext_lazy("No key account any more"), "x", GROUP, _goal
    ),
    TimelineKind(
        "stakeholder.placed", gettext_lazy("Placed on the map of people"), "user-pin", GROUP,
        _placed,
    ),
    TimelineKind("tender.opened", gettext_lazy("Tender noted"), "gavel", GROUP, _tender),
    TimelineKind("tender.changed", gettext_lazy("Tender changed"), "pencil", GROUP, _tender),
    TimelineKind("tender.checked", gettext_lazy("Tender prepared"), "checkbox", GROUP, _tender),
    TimelineKind("tender.moved", gettext_lazy("Tender moved"), "arrow-right", GROUP, _tender),
    *(
        TimelineKind(verb, title, icon, GROUP, _named)
        for verb, title, icon in (
            ("approval_step.added", gettext_lazy("Step of buying noted"), "stairs-up"),
            ("approval_step.changed", gettext_lazy("Step of buying changed"), "pencil"),
            ("approval_step.removed", gettext_lazy("Step of buying removed"), "x"),
            ("plan_item.added", gettext_lazy("Goal or risk noted"), "flag"),
            ("plan_item.changed", gettext_lazy("Goal or risk changed"), "pencil"),
        )
    ),
    *(
        TimelineKind(verb, title, icon, GROUP, _contract)
        for verb, title, icon in (
            ("contract.noted", gettext_lazy("Contract noted"), "file-certificate"),
            ("contract.changed", gettext_lazy("Contract changed"), "pencil"),
            ("contract.signed", gettext_lazy("Contract signed"), "writing-sign"),
            ("contract.renewed", gettext_lazy("Contract renewed"), "refresh"),
            ("contract.notice_given", gettext_lazy("Notice of a contract"), "bell-x"),
            ("contract.ended", gettext_lazy("Contract ended"), "circle-x"),
        )
    ),
)  # fmt: skip
