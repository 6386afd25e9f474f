from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HoldingsConfig(AppConfig):
    """Who holds which customer, since when and why; the pools of those whom nobody holds."""

    name = "kefen_crm.holdings"
    verbose_name = _("Holdings")

    def ready(self) -> None:
        """Hear of customers that imports gave to others."""
        from django.db.models.signals import post_delete, post_save

        from kefen_crm.holdings import imported, pages  # models are there now
        from kefen_crm.holdings.models import Pool

        imported.listen()
        for changed in (post_save, post_delete):
            changed.connect(pages.forget_pool, sender=Pool)
