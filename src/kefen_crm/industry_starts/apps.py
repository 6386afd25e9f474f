from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IndustryStartsConfig(AppConfig):
    """Industry starts: what a company of a trade begins with, chosen once and changed after."""

    name = "kefen_crm.industry_starts"
    verbose_name = _("Industry starts")
