"""Whom activities and tasks are told to, and how they stand on the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kefen_crm.activities import escalation
from kefen_crm.activities.models import Activity, Task
from kefen_crm.platform.numbers import day as shown
from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText, TimelineKind
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.platform.models import Event

MENTION = NoticeKind("activity.mention", gettext_lazy("Somebody names me in a text"), "at")
GIVEN = NoticeKind("task.given", gettext_lazy("Somebody gives me a task"), "checkbox")
KINDS = (MENTION, GIVEN, escalation.DUE, escalation.LATE)


def _mentioned(event: Event) -> Iterable[User]:
    return User.objects.filter(pk__in=(event.after or {}).get("mentions", []))


def _mention(event: Event) -> NoticeText | None:
    if event.customer is None or not (event.after or {}).get("mentions"):
        return None
    name = event.actor.display_name if event.actor else ""
    data = {"name": name, "customer": event.customer.name}
    text = gettext_noop("%(name)s names you in a text about %(customer)s")
    return NoticeText(text, data, reverse("customers:detail", args=[event.customer.code]))


def _owner(event: Event) -> Iterable[User | None]:
    owner = (event.after or {}).get("owner")
    return [User.objects.filter(pk=owner).first()] if owner else []


def _given(event: Event) -> NoticeText | None:
    owner = (event.after or {}).get("owner")
    told = event.after or {}
    if told.get("together") or told.get("follows"):  # told once for all
        return None
    if event.customer is None or owner is None or owner == event.actor_id or event.actor is None:
        return None
    data = {"name": event.actor.display_name, "customer": event.customer.name}
    text = gettext_noop("%(name)s gave you a task with %(customer)s")
    return NoticeText(text, data, reverse("customers:detail", args=[event.customer.code]))


NOTICES = (
    Notice("activity.logged", MENTION.name, _mentioned, _mention),
    Notice("task.planned", GIVEN.name, _owner, _given),
    Notice("task.reassigned", GIVEN.name, _owner, _given),
)


def _said(event: Event) -> str:
    """What an event tells of an activity: its kind, the outcome and the first words."""
    told = {**(event.before or {}), **(event.after or {})}
    words = [
        str(dict(Activity._meta.get_field("kind").flatchoices).get(str(told.get("kind")), "")),  # noqa: SLF001
        str(told.get("contact") or ""),
        "" if told.get("answered") is not False else _("not reached"),
        str(dict(Activity.Outcome.choices).get(str(told.get("outcome")), "")),
        str(told.get("text") or ""),
    ]
    return " · ".join(word for word in words if word)


def _task(event: Event) -> str:
    """What an event tells of a task: what it is, and by when."""
    told = event.after or {}
    kind = str(dict(Task.Kind.choices).get(str(told.get("kind")), ""))
    day = told.get("snoozed_until") or told.get("due_on") or ""
    owner = User.objects.filter(pk=told["owner"]).first() if told.get("owner") else None
    words = [told.get("title") or kind, shown(day) if day else "", str(owner or "")]
    return " · ".join(word for word in words if word)


_ACTIVITIES, _TASKS = gettext_lazy("Conversations"), gettext_lazy("Tasks")
TIMELINE = (
    TimelineKind("activity.logged", gettext_lazy("Logged"), "message", _ACTIVITIES, _said),
    TimelineKind("activity.corrected", gettext_lazy("Log corrected"), "edit", _ACTIVITIES, _said),
    TimelineKind("activity.withdrawn", gettext_lazy("Log withdrawn"), "trash", _ACTIVITIES, _said),
    TimelineKind("task.planned", gettext_lazy("Task planned"), "calendar-plus", _TASKS, _task),
    TimelineKind("task.reassigned", gettext_lazy("Task given"), "user-share", _TASKS, _task),
    TimelineKind("task.snoozed", gettext_lazy("Task put off"), "clock-pause", _TASKS, _task),
    TimelineKind(
        "task.skipped", gettext_lazy("Task skipped"), "player-skip-forward", _TASKS, _task
    ),
    TimelineKind("task.done", gettext_lazy("Task done"), "check", _TASKS, _task),
    TimelineKind(
        "contact_gap.found", gettext_lazy("Nobody spoke to them for long"), "phone-off", _TASKS
    ),
    TimelineKind("task.cancelled", gettext_lazy("Task called off"), "x", _TASKS, _task),
)
