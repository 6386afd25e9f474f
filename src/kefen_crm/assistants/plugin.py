from __future__ import annotations

from kefen_crm.platform.parts import Route
from kefen_crm.platform.registry import Plugin

PLUGIN = Plugin(position=95, routes=(Route("mcp", "kefen_crm.assistants.urls"),))
