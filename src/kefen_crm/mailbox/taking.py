"""What becomes of mails that come: part of a ticket, a new one, waiting, or nothing."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kefen_crm.contacts.models import Reach
from kefen_crm.customer_files.actions import AT_ONCE, add_by_itself
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.mailbox import letters, returned
from kefen_crm.mailbox.imap import MailboxError, Reader
from kefen_crm.mailbox.marks import ticket_in
from kefen_crm.mailbox.models import FOLDER, Mail, Mailbox
from kefen_crm.platform.stored_files import stored
from kefen_crm.tickets.actions import hear_by_itself, open_by_itself
from kefen_crm.tickets.models import Ticket

if TYPE_CHECKING:
    from kefen_crm.mailbox.letters import Letter

FROM_ONE: Final = 20
"""Mails of one sender that are taken in an hour: two programs that answer each other send more."""
KEPT: Final = timedelta(days=180)
"""So long a mail that waits, or was left out, is kept."""
Outcome = Mail.Outcome
_log = logging.getLogger(__name__)


def read_all() -> None:
    """Read every mailbox in use; one that fails keeps no other from being read."""
    for mailbox in Mailbox.objects.filter(active=True):
        read(mailbox)


def read(mailbox: Mailbox) -> int:
    """Take what is new in a mailbox; gives how many mails that were.

    What lies there before the mailbox was read the first time stays there.
    """
    taken = 0
    try:
        with Reader(mailbox) as reader:
            box = reader.box()
            if mailbox.validity != box.validity:
                first = mailbox.validity is None
                mailbox.last_uid = max(box.following - 1, 0) if first else 0
                mailbox.validity = box.validity
            for uid, raw in reader.new(mailbox.last_uid):
                taken += _taken(mailbox, uid, raw)
    except MailboxError as error:
        mailbox.failures, mailbox.why = mailbox.failures + 1, str(error)
        _log.warning("mailbox %s was not read: %s", mailbox.pk, error)
    else:
        mailbox.failures, mailbox.why = 0, ""
    mailbox.read_at = timezone.now()
    mailbox.save(update_fields=["validity", "last_uid", "failures", "why", "read_at"])
    return taken


def _taken(mailbox: Mailbox, uid: int, raw: bytes | None) -> bool:
    """Take one mail; one that cannot be read is left out, so that it holds up no other."""
    try:
        return take(mailbox, uid, raw)
    except (ValidationError, ValueError, LookupError, TypeError, AttributeError):
        _log.exception("mail %s of mailbox %s was not taken", uid, mailbox.pk)
    mail = Mail(mailbox=mailbox, validity=mailbox.validity or 0, uid=uid, at=timezone.now())
    mail.message_id, mail.outcome, mail.why = f"uid:{uid}", Outcome.LEFT_OUT, "broken"
    mail.save()
    return True


@transaction.atomic
def take(mailbox: Mailbox, uid: int, raw: bytes | None) -> bool:
    """Take one mail, with how far the mailbox was read; whether it was new."""
    mailbox.last_uid = max(mailbox.last_uid, uid)
    mailbox.save(update_fields=["validity", "last_uid"])
    validity = mailbox.validity or 0
    known = Mail.objects.filter(mailbox=mailbox, validity=validity, uid=uid)
    if known.exists():
        return False
    mail = Mail(mailbox=mailbox, validity=validity, uid=uid, at=timezone.now())
    if raw is None:
        mail.message_id, mail.outcome, mail.why = f"uid:{uid}", Outcome.LEFT_OUT, "too-large"
        mail.save()
        return True
    letter = letters.read(raw)
    if Mail.objects.filter(mailbox=mailbox, message_id=letter.message_id).exists():
        return False
    mail.message_id, mail.sender, mail.subject = letter.message_id, letter.sender, letter.subject
    told = returned.read(raw)
    if why := "bounce" if told else _left_out(mailbox, letter):
        returned.note(told)
        mail.outcome, mail.why = Outcome.LEFT_OUT, why
        mail.save()
        return True
    ticket, customer = _ticket_of(letter), customer_of(letter.sender)
    mail.outcome = Outcome.TICKET if ticket or customer else Outcome.WAITS
    if mail.outcome == Outcome.WAITS:
        mail.text = letter.text
        mail.path = stored(raw, FOLDER)
    mail.save()
    if ticket is not None:
        said = hear_by_itself(ticket, _said(ticket.customer, letter), channel="mail")
        mail.ticket = said.ticket
    elif customer is not None:
        mail.ticket = open_for(mail, letter, customer)
    mail.save(update_fields=["ticket"])
    return True


def open_for(mail: Mail, letter: Letter, customer: Customer) -> Ticket:
    """Open the ticket of a mail."""
    values = {
        "title": letter.subject or _untitled(),
        "text": _said(customer, letter),
        "contact": (letter.name or letter.sender)[:120],
        "channel": "mail",
    }
    ticket = open_by_itself(customer, values, f"mail:{mail.pk}")
    assert ticket is not None
    return ticket


def customer_of(sender: str) -> Customer | None:
    """The customer of an address, of their contacts or their own; None where several have it."""
    if not sender:
        return None
    reaches = Reach.objects.filter(kind=Reach.Kind.EMAIL, normal=sender)
    found = Customer.objects.filter(
        Q(pk__in=reaches.values("contact__customer")) | Q(email__iexact=sender),
        standing__in=CURRENT,
    )[:2]
    customers = list(found)
    return customers[0] if len(customers) == 1 else None


def forget() -> None:
    """Delete mails that waited too long, or were left out long ago."""
    old = Mail.objects.filter(at__lt=timezone.now() - KEPT)
    old.exclude(outcome=Outcome.TICKET).delete()


def _left_out(mailbox: Mailbox, letter: Letter) -> str:
    """Why a mail is nothing that somebody asks; empty where it is."""
    own = {mailbox.address.lower(), settings.DEFAULT_FROM_EMAIL.lower()}
    if letter.automatic:
        return letter.automatic
    if not letter.sender or letter.sender in own:
        return "own"
    hour = timezone.now() - timedelta(hours=1)
    if Mail.objects.filter(sender=letter.sender, at__gt=hour).count() >= FROM_ONE:
        return "too-many"
    return ""


def _ticket_of(letter: Letter) -> Ticket | None:
    """The ticket that a mail answers: by its mark, or an earlier mail of the same sender."""
    tickets = Ticket.objects.select_related("customer__owner")
    if number := ticket_in([*letter.to, *letter.answers]):
        return tickets.filter(pk=number).first()
    earlier = Mail.objects.filter(
        message_id__in=letter.answers, sender=letter.sender, ticket__isnull=False
    ).first()
    return tickets.filter(mails=earlier).first() if earlier else None


def _said(customer: Customer, letter: Letter) -> str:
    """What a mail says; its files are kept with the customer, and named below it."""
    lines = [letter.text or letter.subject or _untitled()]
    with translation.override(settings.LANGUAGE_CODE):
        for place, (name, body) in enumerate(letter.files):
            if place >= AT_ONCE:
                lines.append(_("Further files are not kept: there are more than %s.") % AT_ONCE)
                break
            try:
                kept = add_by_itself(customer, name, body, note=letter.subject)
                lines.append(_("File: %(name)s") % {"name": kept.name})
            except ValidationError as error:
                told = {"name": name[:80], "why": " ".join(error.messages)}
                lines.append(_("File not kept: %(name)s (%(why)s)") % told)
    return "\n".join(lines)[: letters.LONGEST]


def _untitled() -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return _("Mail without a subject")
