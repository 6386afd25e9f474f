from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlanningConfig(AppConfig):
    """Planning: hours and budget by class where they bring most, after what is promised."""

    name = "kefen_crm.planning"
    verbose_name = _("Planning")
