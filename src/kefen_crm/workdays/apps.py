from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkdaysConfig(AppConfig):
    """Where the working calendar is set: hours of each weekday, days off, make-up days."""

    name = "kefen_crm.workdays"
    verbose_name = _("Working days")
