from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    """Whoever asked and may become a customer: graded, assigned, converted."""

    name = "kefen_crm.leads"
    verbose_name = _("Leads")
