from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    """Articles that answer what is asked again and again, for us and for customers."""

    name = "kefen_crm.articles"
    verbose_name = _("Articles")
