from __future__ import annotations

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """What other systems read: changes since the last time, views and files for BI programs."""

    name = "kefen_crm.integrations"

    def ready(self) -> None:
        from kefen_crm.integrations import parquet  # models are there only now

        parquet.follow()
