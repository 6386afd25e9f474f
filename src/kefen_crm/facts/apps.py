from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FactsConfig(AppConfig):
    """Facts that programs send: kept, landed one after the other, answered."""

    name = "kefen_crm.facts"
    label = "api"  # the name its tables have
    verbose_name = _("API")
