from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NeedsConfig(AppConfig):
    """What customers need, as they told in interviews and focus groups."""

    name = "kefen_crm.needs"
    verbose_name = _("Needs research")
