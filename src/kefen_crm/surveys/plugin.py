from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import (
    MenuEntry,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.surveys import after_tickets, demo, feeds, pages, proof
from kefen_crm.surveys.actions import ASK, SET_SURVEYS
from kefen_crm.team.roles import Role

GROUP = _("Service")

PLUGIN = Plugin(
    position=65,
    routes=(Route("", "kefen_crm.surveys.urls"),),
    menu=(
        MenuEntry(
            "surveys:list", _("Surveys"), "message-star", "j", ASK, position=29, phone_permit=ASK
        ),
    ),
    permissions=(
        Permission(ASK, _("ask customers"), (Role.MANAGER, Role.REP, Role.SERVICE)),
        Permission(SET_SURVEYS, _("make surveys"), (Role.MANAGER,)),
    ),
    routers=(
        Router("/surveys", "kefen_crm.surveys.api.router"),
        Router("/surveys", "kefen_crm.surveys.question_api.router"),
    ),
    proofs=proof.PROOFS,
    panels=(Panel("surveys/_panel.html", pages.panel, "side", 40, later=_("Surveys")),),
    timeline=(
        TimelineKind("survey.sent", _("Asked by a survey"), "message-star", GROUP, pages.detail),
        TimelineKind("survey.answered", _("Survey answered"), "message-star", GROUP, pages.detail),
    ),
    consumers=(after_tickets.CONSUMER,),
    feeds=(feeds.FEED,),
    personal=(
        PersonalData("surveys.Invite", emptied=("contact",)),
        PersonalData("surveys.Answer", "invite__customer", emptied=("comment", "values")),
    ),
    demo=demo.demo,
)
