from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PublicFormsConfig(AppConfig):
    """Forms that anybody fills in without signing in."""

    name = "kefen_crm.public_forms"
    verbose_name = _("Public forms")
