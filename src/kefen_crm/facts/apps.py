from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    """The site for programs: the same customers, facts, schemes and runs as JSON over HTTP."""

    name = "kefen_crm.api"
    verbose_name = _("API")
