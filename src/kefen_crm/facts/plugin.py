from __future__ import annotations

from kefen_crm.platform.parts import Router
from kefen_crm.platform.registry import Plugin

PLUGIN = Plugin(
    position=40,
    routers=(
        Router("/facts", "kefen_crm.facts.api.facts.router"),
        Router("/files", "kefen_crm.facts.api.facts.files"),
        Router("/batches", "kefen_crm.facts.api.batches.router"),
        Router("/writes", "kefen_crm.facts.api.writes.router"),
    ),
)
