from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    """Addresses of other programs, which are sent what happens."""

    name = "kefen_crm.webhooks"
    verbose_name = _("Webhooks")
