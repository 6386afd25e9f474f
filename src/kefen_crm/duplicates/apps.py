from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DuplicatesConfig(AppConfig):
    """Customers that are likely one: found, judged, merged, taken apart again."""

    name = "kefen_crm.duplicates"
    verbose_name = _("Duplicates")

    def ready(self) -> None:
        """Look again after each import."""
        from kefen_crm.duplicates import finding  # models are there now

        finding.listen()
