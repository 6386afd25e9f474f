from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QualityConfig(AppConfig):
    """How good the data of customers is: what is missing, wrong, stale or contradictory."""

    name = "kefen_crm.quality"
    verbose_name = _("Data quality")
