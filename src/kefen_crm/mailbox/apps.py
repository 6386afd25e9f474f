from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.stored_files import follow


class MailboxConfig(AppConfig):
    """Mails of customers, which become tickets."""

    name = "kefen_crm.mailbox"
    verbose_name = _("Mailbox")

    def ready(self) -> None:
        """Have a mail leave the disk with its row, whoever deletes that."""
        from kefen_crm.mailbox.models import Mail  # models are there now

        follow(Mail)
