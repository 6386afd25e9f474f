from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    """Campaigns: many customers are written to, some are left alone, and the gap is measured."""

    name = "kefen_crm.campaigns"
    verbose_name = _("Campaigns")
