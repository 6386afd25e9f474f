from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomeConfig(AppConfig):
    """The first page: how things stand and what needs attention."""

    name = "kefen_crm.home"
    verbose_name = _("Home")
