from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """The bell, the list of what a person is told, the daily mail, and what each wants."""

    name = "kefen_crm.notifications"
    verbose_name = _("Notifications")
