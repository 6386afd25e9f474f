from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    """People's rights: what is held of one customer is disclosed, or erased."""

    name = "kefen_crm.privacy"
    verbose_name = _("Personal data")
