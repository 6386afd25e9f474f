from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """What happened: the audit of all changes, and the timeline of a customer."""

    name = "kefen_crm.audit"
    verbose_name = _("Audit")
