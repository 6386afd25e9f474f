from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """Customers with their current figures, as people search and filter them."""

    name = "kefen_crm.customers"
    verbose_name = _("Customers")
