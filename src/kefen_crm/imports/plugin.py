from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.imports.attention import items
from kefen_crm.platform.parts import MenuEntry, Route
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit, Role

PLUGIN = Plugin(
    position=70,
    routes=(Route("imports/", "kefen_crm.imports.urls"),),
    menu=(MenuEntry("imports:list", _("Imports"), "file-import", "i", Permit.IMPORT, position=50),),
    attention=items,
    permits={Permit.IMPORT: (Role.MANAGER,)},
)
