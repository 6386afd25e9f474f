from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DunningConfig(AppConfig):
    """Reminders, calls and holds for invoices that are late, in steps that somebody approves."""

    name = "kefen_crm.dunning"
    verbose_name = _("Dunning")
