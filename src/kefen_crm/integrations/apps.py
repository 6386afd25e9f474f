from __future__ import annotations

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """What other systems keep a copy of: changes since the last time."""

    name = "kefen_crm.integrations"
