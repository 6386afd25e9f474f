from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.planning.permits import PLAN
from kefen_crm.platform.parts import MenuEntry, Permission, Route, Router, TimelineKind
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

GROUP = _("Planning")

PLUGIN = Plugin(
    position=74,
    routes=(Route("planning/", "kefen_crm.planning.urls"),),
    menu=(
        MenuEntry(
            "planning:list", GROUP, "calculator", "", PLAN, position=53, group="classes"
        ),
    ),
    permissions=(Permission(PLAN, _("plan hours and budget"), (Role.MANAGER,)),),
    routers=(Router("/plans", "kefen_crm.planning.api.router"),),
    timeline=(TimelineKind("plan.made", _("Plan made"), "calculator", GROUP),),
)  # fmt: skip
