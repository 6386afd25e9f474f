from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FollowupsConfig(AppConfig):
    """Reminds owners of customers whom nobody has spoken to for long."""

    name = "kefen_crm.followups"
    verbose_name = _("Follow-ups")
