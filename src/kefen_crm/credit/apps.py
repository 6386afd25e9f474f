from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditConfig(AppConfig):
    """How much customers may owe and how long, by class; what exceeds it is held at the order."""

    name = "kefen_crm.credit"
    verbose_name = _("Credit")

    def ready(self) -> None:
        """Follow new facts."""
        from kefen_crm.credit import refreshing  # noqa: F401
