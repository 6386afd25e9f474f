from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuotesConfig(AppConfig):
    """What customers are offered at which price, by whose leave, and what they answered."""

    name = "kefen_crm.quotes"
    verbose_name = _("Quotes")
