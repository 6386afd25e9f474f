from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UpliftConfig(AppConfig):
    """Uplift: whom past campaigns changed, as classes to choose the next audience by."""

    name = "kefen_crm.uplift"
    verbose_name = _("Response")
