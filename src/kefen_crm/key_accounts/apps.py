from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KeyAccountsConfig(AppConfig):
    """Who decides at a large customer, how it buys, its tenders and contracts, and the plan."""

    name = "kefen_crm.key_accounts"
    verbose_name = _("Key accounts")
