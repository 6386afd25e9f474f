from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """What customers ask, complain of and need repaired, and how fast they are answered."""

    name = "kefen_crm.tickets"
    verbose_name = _("Service")
