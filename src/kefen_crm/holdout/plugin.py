from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.holdout import actions, demo, pages, results
from kefen_crm.holdout.permits import HOLD_OUT
from kefen_crm.platform.parts import (
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    SettingsPage,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

GROUP = _("Holdout")

PLUGIN = Plugin(
    position=69,
    routes=(Route("holdout/", "kefen_crm.holdout.urls"),),
    settings_pages=(
        SettingsPage(
            "holdout:overview",
            GROUP,
            _("How many customers outreach leaves alone, and what it brought against them."),
            "user-pause",
            HOLD_OUT,
        ),
    ),
    permissions=(
        Permission(HOLD_OUT, _("see and set whom outreach leaves alone"), (Role.MANAGER,)),
    ),
    routers=(Router("/holdout", "kefen_crm.holdout.api.router"),),
    panels=(Panel("holdout/_panel.html", pages.panel, "side", position=44),),
    timeline=(
        TimelineKind("holdout.drawn", _("Holdout drawn"), "user-pause", GROUP),
        TimelineKind("holdout.policy-changed", _("Holdout changed"), "user-pause", GROUP),
    ),
    clock_jobs=(actions.JOB, results.JOB),
    personal=(PersonalData("holdout.HoldoutMember"),),
    demo=demo.demo,
)
