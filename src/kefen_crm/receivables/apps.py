from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceivablesConfig(AppConfig):
    """What customers owe, since when, and what they promised or dispute."""

    name = "kefen_crm.receivables"
    verbose_name = _("Receivables")

    def ready(self) -> None:
        """Follow new facts."""
        from kefen_crm.receivables import applying, refreshing  # noqa: F401
