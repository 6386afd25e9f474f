from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HoldoutConfig(AppConfig):
    """A few customers that no outreach reaches for a year, against whom the whole of it is held."""

    name = "kefen_crm.holdout"
    verbose_name = _("Holdout")
