"""Sends answers by mail to whoever wrote the mail of a ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from kefen_crm.mailbox.marks import mark, reply_address
from kefen_crm.mailbox.models import Mail, SentAnswer
from kefen_crm.platform.parts import Consumer
from kefen_crm.tickets.models import Message

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event
    from kefen_crm.tickets.models import Ticket

_LATELY: Final = timedelta(seconds=30)
"""Between the last answer of a ticket and the event that solves it by this answer."""


def handle(found: list[Event]) -> None:
    """Send each answer by mail once, where a mail is in its ticket and its mailbox sends."""
    for event in found:
        message = _answer_of(event)
        if message is None or message.channel != "mail":
            continue
        mail = _mail_of(message.ticket)
        if mail is None or not (mail.mailbox.active and mail.mailbox.sends):
            continue
        _sent, new = SentAnswer.objects.get_or_create(
            message=message, defaults={"to": mail.sender, "at": timezone.now()}
        )
        if new:
            transaction.on_commit(_written(message, mail).send)


def _mail_of(ticket: Ticket) -> Mail | None:
    """The mail that a ticket, or one merged into it, came by."""
    mails = Mail.objects.filter(ticket=ticket).exclude(sender="").select_related("mailbox")
    merged = Mail.objects.filter(ticket__merged_into=ticket).exclude(sender="")
    return mails.first() or merged.select_related("mailbox").first()


def _answer_of(event: Event) -> Message | None:
    answers = Message.objects.filter(direction=Message.Direction.OUT).select_related("ticket")
    if event.verb == "ticket.answered":
        return answers.filter(pk=event.object_id).first()
    last = answers.filter(ticket__pk=event.object_id).last()
    return last if last and abs(last.at - event.at) <= _LATELY else None


def _written(message: Message, mail: Mail) -> EmailMessage:
    """An answer whose reply leads back into its ticket, by its address and by its Message-ID."""
    ticket = message.ticket
    domain = mail.mailbox.address.rpartition("@")[2]
    headers = {
        "Message-ID": f"<{mark(ticket.pk)}.{message.pk}@{domain}>",
        "Auto-Submitted": "no",
    }
    if mail.message_id.startswith("<"):
        headers |= {"In-Reply-To": mail.message_id, "References": mail.message_id}
    return EmailMessage(
        f"Re: {mail.subject or ticket.title} [{ticket.number}]",
        message.text,
        to=[mail.sender],
        reply_to=[reply_address(mail.mailbox.address, ticket.pk)],
        headers=headers,
    )


CONSUMER = Consumer("mailbox.answers", handle, ("ticket.answered", "ticket.solved"))
