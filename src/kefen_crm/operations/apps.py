from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    """The installation itself: settings kept with the data, backups, upkeep of the ledger."""

    name = "kefen_crm.operations"
    verbose_name = _("Settings")
