from __future__ import annotations

from django.apps import AppConfig


class SharedConfig(AppConfig):
    """What every screen uses: layout, template tags, middleware."""

    name = "kefen_crm.shared"
