from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """Files on their way into the ledger."""

    name = "kefen_crm.imports"
    verbose_name = _("Imports")
