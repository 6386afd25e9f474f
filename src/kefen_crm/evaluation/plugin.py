from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.evaluation import actions, queries
from kefen_crm.platform.parts import MenuEntry, Route, Router
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit

PLUGIN = Plugin(
    position=60,
    routes=(Route("proof/", "kefen_crm.evaluation.urls"),),
    menu=(
        MenuEntry(
            "proof:overview",
            _("Proof"),
            "shield-check",
            "p",
            Permit.SEE_ALL_CUSTOMERS,
            position=40,
            group="classes",
        ),
    ),
    routers=(Router("/studies", "kefen_crm.evaluation.api.router"),),
    needed_runs=queries.runs_asked_about,
    demo=actions.show,
)
