from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kefen_crm.gateway.settings import work_on


class OperationsConfig(AppConfig):
    """The installation itself: settings kept with the data, backups, upkeep of the ledger."""

    name = "kefen_crm.operations"
    verbose_name = _("Settings")

    def ready(self) -> None:
        """Follow the fiscal year and the currency of the data directory."""
        work_on(settings.KEFEN_DATA)
