from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutreachConfig(AppConfig):
    """Messages to customers: templates, whom they may reach, and what became of each."""

    name = "kefen_crm.outreach"
    verbose_name = _("Outreach")
