from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import MenuEntry
from kefen_crm.platform.registry import Plugin

PLUGIN = Plugin(position=0, menu=(MenuEntry("home", _("Home"), "home", "h", position=10),))
