from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotedFactsConfig(AppConfig):
    """Facts noted by hand: orders, returns, invoices, payments, interactions, feedback."""

    name = "kefen_crm.noted_facts"
    verbose_name = _("Facts noted by hand")

    def ready(self) -> None:
        """Follow what imports bring."""
        from kefen_crm.noted_facts import same  # noqa: F401  # its receiver
