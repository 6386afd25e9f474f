from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.needs import demo, feeds, pages
from kefen_crm.needs.actions import CHANGED, NOTED, RESEARCH, SET_NEEDS
from kefen_crm.platform.parts import (
    Command,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

GROUP = _("Service")

PLUGIN = Plugin(
    position=67,
    routes=(Route("needs/", "kefen_crm.needs.urls"),),
    permissions=(
        Permission(RESEARCH, _("note needs research"), (Role.MANAGER, Role.REP, Role.SERVICE)),
        Permission(SET_NEEDS, _("edit the list of needs"), (Role.MANAGER,)),
    ),
    routers=(Router("/needs", "kefen_crm.needs.api.router"),),
    commands=(
        Command("needs:list", _("Needs research"), "bulb"),
        Command("needs:new", _("New talk about needs"), "bulb", RESEARCH, create=True),
    ),
    panels=(Panel("needs/_panel.html", pages.panel, "side", 41, later=_("Needs")),),
    timeline=(
        TimelineKind(NOTED, _("Talk about needs"), "bulb", GROUP, pages.detail),
        TimelineKind(CHANGED, _("Talk about needs changed"), "bulb", GROUP, pages.detail),
    ),
    feeds=(feeds.FEED,),
    personal=(
        PersonalData("needs.Talk", "participants__customer", emptied=("text",)),
        PersonalData("needs.Participant"),
    ),
    demo=demo.demo,
)
