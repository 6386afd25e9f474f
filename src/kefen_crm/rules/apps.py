from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RulesConfig(AppConfig):
    """Where rules of every kind are drafted, previewed, published and rolled back."""

    name = "kefen_crm.rules"
    verbose_name = _("Rules")
