from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.opportunities import actions, demo, listing, notices, pages, proof, queries, search
from kefen_crm.opportunities.permits import SELL, SET_STAGES
from kefen_crm.opportunities.stages import begin
from kefen_crm.platform.parts import (
    Command,
    MenuEntry,
    OwnedWork,
    Panel,
    Permission,
    PersonalData,
    PoolExemption,
    Route,
    Router,
    SearchSource,
    SettingsPage,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

PLUGIN = Plugin(
    position=63,
    routes=(Route("opportunities/", "kefen_crm.opportunities.urls"),),
    menu=(MenuEntry("opportunities:board", _("Opportunities"), "target", "b", SELL, position=26),),
    settings_pages=(
        SettingsPage(
            "opportunities:stages",
            _("Stages of opportunities"),
            _("What has to be known before each, and when it rots"),
            "columns",
            SET_STAGES,
        ),
    ),
    permissions=(
        Permission(SELL, _("work on opportunities"), (Role.MANAGER, Role.REP)),
        Permission(SET_STAGES, _("set the stages of opportunities"), (Role.MANAGER,)),
    ),
    routers=(Router("/opportunities", "kefen_crm.opportunities.api.router"),),
    search=(SearchSource(search.find, "opportunities:list", _("Opportunities"), "target"),),
    commands=(
        Command(
            "opportunities:choose", _("New opportunity"), "target", SELL, create=True, dialog=True
        ),
    ),
    proofs=proof.PROOFS,
    panels=(Panel("opportunities/_panel.html", pages.panel, "side", position=14),),
    attention=pages.attention,
    filters=(listing.FILTER,),
    timeline=notices.TIMELINE,
    notice_kinds=notices.KINDS,
    notices=notices.NOTICES,
    pool_exemptions=(
        PoolExemption("opportunity", _("stay: an opportunity of theirs is alive"), queries.alive),
    ),
    owned=(OwnedWork(_("open opportunities"), actions.move_owned),),
    personal=(
        PersonalData(
            "opportunities.Opportunity",
            emptied=("title", "contact", "need", "competitor", "next_step", "waiting_for", "note"),
        ),
        PersonalData("opportunities.StageMove", "opportunity__customer"),
    ),
    install=begin,
    demo=demo.demo,
)
