from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.evaluation import actions, queries
from kefen_crm.platform.parts import Command, MenuEntry, Route, Router, Tile
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
        MenuEntry(
            "proof:acting",
            _("Money & service"),
            "chart-dots-2",
            "1",
            Permit.SEE_ALL_CUSTOMERS,
            position=43,
            group="classes",
        ),
        MenuEntry(
            "proof:strategy",
            _("Strategy"),
            "chess",
            "",
            Permit.SEE_ALL_CUSTOMERS,
            position=44,
            group="classes",
        ),
    ),
    routers=(
        Router("/studies", "kefen_crm.evaluation.api.router"),
        Router("/proofs", "kefen_crm.evaluation.acting_api.router"),
    ),
    tiles=(Tile("evaluation/_tile_rival.html", queries.offered, "top"),),
    commands=(
        Command(
            "proof:rival",
            _("Compare with another system's levels"),
            "arrows-diff",
            Permit.GRADE,
            words=_("import levels, load a rival"),
        ),
    ),
    needed_runs=queries.runs_asked_about,
    demo=actions.show,
)
