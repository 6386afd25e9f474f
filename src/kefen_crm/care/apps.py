from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CareConfig(AppConfig):
    """Greetings, anniversaries, news and notes that customers are given by rules."""

    name = "kefen_crm.care"
    verbose_name = _("Care")
