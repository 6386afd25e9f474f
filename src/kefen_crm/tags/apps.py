from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TagsConfig(AppConfig):
    """Words that people put on customers, with a colour, to find them again."""

    name = "kefen_crm.tags"
    verbose_name = _("Tags")
