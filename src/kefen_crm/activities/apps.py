from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivitiesConfig(AppConfig):
    """What people did with customers, and what they have to do next."""

    name = "kefen_crm.activities"
    verbose_name = _("Activities and tasks")
