from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kefen_crm.activities import (
    actions,
    demo,
    escalation,
    feeds,
    notices,
    panels,
    plan_many,
    planner,
    preview,
    search,
)
from kefen_crm.activities.permits import WORK
from kefen_crm.activities.rules import CONTACT_GAP, ContactGap
from kefen_crm.platform.parts import (
    BarItem,
    Command,
    MenuEntry,
    OwnedWork,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    RuleKind,
    SearchSource,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role, may

if TYPE_CHECKING:
    from django.http import HttpRequest


def _bar(request: HttpRequest) -> dict[str, Any] | None:
    return {} if may(request.user, WORK) else None


def _landing(request: HttpRequest) -> str:
    """Whoever sells begins the day with what is to be done."""
    sells = getattr(request.user, "role", "") in (Role.REP, Role.MANAGER)
    return reverse("activities:today") if sells and may(request.user, WORK) else ""


PLUGIN = Plugin(
    position=58,
    routes=(Route("", "kefen_crm.activities.urls"),),
    menu=(
        MenuEntry("activities:today", _("Today"), "sun", "t", WORK, position=5, phone=1),
        MenuEntry(
            "activities:tasks", _("Follow-up"), "list-check", "f", WORK, position=22, phone=3
        ),
    ),
    routers=(
        Router("/activities", "kefen_crm.activities.api.activities.router"),
        Router("/tasks", "kefen_crm.activities.api.tasks.router"),
    ),
    landing=_landing,
    bar=(BarItem("activities/_bar.html", _bar),),
    permissions=(Permission(WORK, _("log activities and plan tasks"), (Role.MANAGER, Role.REP)),),
    panels=(
        Panel("activities/_strip.html", panels.strip, "top", position=10),
        Panel("activities/_panel.html", panels.work, "main", position=5),
    ),
    search=(
        SearchSource(search.find_tasks, title=_("Tasks"), icon="checkbox"),
        SearchSource(search.find_notes, title=_("What was said"), icon="message"),
    ),
    commands=(
        Command(
            "activities:choose",
            _("Log a call, a visit …"),
            "pencil-plus",
            WORK,
            create=True,
            dialog=True,
        ),
        Command(
            "activities:plan_for", _("Plan a task"), "checkbox", WORK, create=True, dialog=True
        ),
        Command("activities:calendar", _("Calendar of tasks"), "calendar", WORK),
    ),
    feeds=(feeds.FEED,),
    rules=(
        RuleKind(
            CONTACT_GAP,
            _("Contact rhythm"),
            _("Each customer of a class is contacted every so many working days, by its owner."),
            "repeat",
            ContactGap,
            preview.preview,
        ),
    ),
    clock_jobs=(planner.JOB, escalation.JOB),
    attention=escalation.attention,
    bulk_verbs=(plan_many.VERB,),
    timeline=notices.TIMELINE,
    notice_kinds=notices.KINDS,
    notices=notices.NOTICES,
    owned=(OwnedWork(_("open tasks"), actions.move),),
    personal=(
        PersonalData("activities.Activity", emptied=("text", "contact")),
        PersonalData("activities.Task", emptied=("title", "reason", "told")),
    ),
    demo=demo.demo,
)
