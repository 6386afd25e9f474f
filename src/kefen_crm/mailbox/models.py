"""The mailboxes that customers write to, what came, and which answers went out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.stored_files import place_of

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = "mails"
"""Below the uploads, of mails whose customer is not known."""


class Mailbox(models.Model):
    """A folder on a mail server that is read over IMAP with TLS; nothing in it is changed.

    Attributes:
        address: what customers write to; answers bear it with the number of their ticket.
        secret: the password; no page and no answer tells it.
        validity, last_uid: the server's UIDVALIDITY, and the highest UID that was read of it.
        failures: how many times in a row it could not be read; `why` the last time, in a word.
    """

    address = models.EmailField(_("address that customers write to"), unique=True)
    host = models.CharField(_("IMAP server"), max_length=200)
    port = models.PositiveIntegerField(_("port"), default=993)
    account = models.CharField(_("account"), max_length=200)
    secret = models.CharField(_("password"), max_length=500, blank=True)
    folder = models.CharField(_("folder"), max_length=100, default="INBOX")
    sends = models.BooleanField(
        _("answers by mail are sent to who wrote"),
        default=True,
        help_text=_("By the mail server of the installation, with this address to reply to."),
    )
    active = models.BooleanField(_("in use"), default=True)
    validity = models.BigIntegerField(null=True, editable=False)
    last_uid = models.BigIntegerField(default=0, editable=False)
    since = models.DateField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    why = models.CharField(max_length=20, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address


class Mail(models.Model):
    """A mail that came, each once.

    Attributes:
        message_id: of the mail; a digest of it where it has none.
        outcome: whether it is in a ticket, waits for its customer, or was left out; `why` in a
            word.
        path: of its bytes below the uploads, while it waits for its customer; else empty.
    """

    class Outcome(models.TextChoices):
        TICKET = "ticket", _("in a ticket")
        WAITS = "waits", _("whose it is is not known")
        LEFT_OUT = "left_out", _("left out")

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="mails")
    validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    message_id = models.CharField(max_length=250, db_index=True)
    sender = models.CharField(_("from"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)
    at = models.DateTimeField(_("time"))
    outcome = models.CharField(max_length=8, choices=Outcome)
    why = models.CharField(max_length=20, blank=True)
    path = models.CharField(max_length=120, blank=True)
    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.PROTECT, null=True, related_name="mails"
    )

    class Meta:
        verbose_name = _("mail that came")
        verbose_name_plural = _("mails that came")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(
                fields=["-at"], condition=models.Q(outcome="waits"), name="mail_that_waits"
            ),
            models.Index(fields=["sender", "at"], name="mail_of_sender"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "validity", "uid"], name="mail_once")
        ]

    def __str__(self) -> str:
        return self.subject or self.sender

    @property
    def place(self) -> Path:
        """Where its bytes are, if they are kept."""
        return place_of(self.path or f"{FOLDER}/none")


class SentAnswer(models.Model):
    """An answer that went out by mail; each goes once."""

    message = models.OneToOneField(
        "tickets.Message", on_delete=models.PROTECT, related_name="sent_answer"
    )
    to = models.CharField(_("to"), max_length=254)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("answer sent by mail")
        verbose_name_plural = _("answers sent by mail")

    def __str__(self) -> str:
        return self.to
