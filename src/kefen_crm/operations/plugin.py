from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.operations.upgrade import back_up_before_upgrade
from kefen_crm.platform.parts import MenuEntry, Permission, Route, Router
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit

PLUGIN = Plugin(
    position=80,
    routes=(Route("settings/", "kefen_crm.operations.urls"),),
    menu=(
        MenuEntry(
            "operations:settings",
            _("Settings"),
            "settings",
            "e",
            Permit.OPERATE,
            position=90,
            group="settings",
        ),
    ),
    permissions=(Permission(Permit.OPERATE, _("run the installation")),),
    routers=(Router("", "kefen_crm.operations.api.router"),),
    before_upgrade=back_up_before_upgrade,
)
