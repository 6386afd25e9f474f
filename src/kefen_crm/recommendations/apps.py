from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecommendationsConfig(AppConfig):
    """What to offer each customer, with the reason, where such offers proved right."""

    name = "kefen_crm.recommendations"
    verbose_name = _("Offers")
