from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomerLinksConfig(AppConfig):
    """How customers belong together: parents, affiliates, payers, and who referred whom."""

    name = "kefen_crm.customer_links"
    verbose_name = _("Links between customers")

    def ready(self) -> None:
        """Hear of referrers that imports bring."""
        from kefen_crm.customer_links import imported  # models are there now

        imported.listen()
