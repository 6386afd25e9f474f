from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactsConfig(AppConfig):
    """The people at a customer, and where each of them is reached."""

    name = "kefen_crm.contacts"
    verbose_name = _("Contacts")

    def ready(self) -> None:
        """Follow what imports bring."""
        from kefen_crm.contacts import brought  # noqa: F401  # its receiver
