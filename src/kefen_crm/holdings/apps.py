from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HoldingsConfig(AppConfig):
    """Who holds which customer, since when and why; the pools of those whom nobody holds."""

    name = "kefen_crm.holdings"
    verbose_name = _("Holdings")

    def ready(self) -> None:
        """Hear of customers that imports gave to others."""
        from kefen_crm.holdings import imported  # models are there now

        imported.listen()
