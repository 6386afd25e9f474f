from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.stored_files import follow


class CustomerFilesConfig(AppConfig):
    """Files that people keep with a customer: contracts, pictures, letters."""

    name = "kefen_crm.customer_files"
    verbose_name = _("Files of customers")

    def ready(self) -> None:
        """Have a file leave the disk with its row, whoever deletes that."""
        from kefen_crm.customer_files.models import CustomerFile  # models are there now

        follow(CustomerFile)
