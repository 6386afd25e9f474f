from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssistantsConfig(AppConfig):
    """Assistants of people, which work by the operations of the API."""

    name = "kefen_crm.assistants"
    verbose_name = _("Assistants")
