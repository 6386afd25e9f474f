from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectorsConfig(AppConfig):
    """Places that facts are fetched from."""

    name = "kefen_crm.connectors"
    verbose_name = _("Connectors")

    def ready(self) -> None:
        """Follow the classes."""
        from kefen_crm.connectors import following  # noqa: F401  # models are there only now
