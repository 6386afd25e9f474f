from __future__ import annotations

from django.apps import AppConfig

from kefen_crm.platform import customer_codes


class PlatformConfig(AppConfig):
    """What every app uses: numbers, columns, forms, downloads, jobs, template tags."""

    name = "kefen_crm.platform"

    def ready(self) -> None:
        customer_codes.register()
