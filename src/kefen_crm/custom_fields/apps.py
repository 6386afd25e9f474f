from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomFieldsConfig(AppConfig):
    """Fields of a customer that the company defines itself, and which fields a file must have."""

    name = "kefen_crm.custom_fields"
    verbose_name = _("Custom fields")

    def ready(self) -> None:
        from kefen_crm.custom_fields.imported import listen

        listen()
