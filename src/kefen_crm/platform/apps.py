from __future__ import annotations

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """What every app uses: numbers, columns, forms, downloads, jobs, template tags."""

    name = "kefen_crm.platform"
