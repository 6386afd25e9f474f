from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.industry_starts import home, shell
from kefen_crm.industry_starts.document import standing_words
from kefen_crm.industry_starts.permits import CHOOSE
from kefen_crm.platform.parts import (
    Permission,
    Route,
    Router,
    SettingsPage,
    Tile,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

GROUP = _("Industry starts")

PLUGIN = Plugin(
    position=52,
    routes=(Route("starts/", "kefen_crm.industry_starts.urls"),),
    settings_pages=(
        SettingsPage(
            "industry_starts:list",
            GROUP,
            _("Fields, schemes, playbook, pool and care for a trade, to begin with"),
            "rocket",
            CHOOSE,
        ),
    ),
    permissions=(Permission(CHOOSE, _("choose an industry start"), (Role.MANAGER,)),),
    routers=(Router("/industry-starts", "kefen_crm.industry_starts.api.router"),),
    standing_words=standing_words,
    tiles=(Tile("industry_starts/_tile.html", home.tile, "top"),),
    demo=shell.demo,
    timeline=(
        TimelineKind("start.chosen", _("Industry start chosen"), "rocket", GROUP),
        TimelineKind("start.declined", _("Begun without an industry start"), "rocket-off", GROUP),
    ),
)
