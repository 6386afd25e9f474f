from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClassContractsConfig(AppConfig):
    """What holds about a customer's class: rule, facts, what would change it, how to object."""

    name = "kefen_crm.class_contracts"
    verbose_name = _("Class contracts")
