from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpportunitiesConfig(AppConfig):
    """What customers may buy, at which stage each chance is, and what it is likely to bring."""

    name = "kefen_crm.opportunities"
    verbose_name = _("Opportunities")
