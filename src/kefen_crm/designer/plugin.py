from __future__ import annotations

from kefen_crm.platform.parts import Route
from kefen_crm.platform.registry import Plugin

# Before grading: no scheme is called as a page of the designer is.
PLUGIN = Plugin(position=45, routes=(Route("schemes/", "kefen_crm.designer.urls"),))
