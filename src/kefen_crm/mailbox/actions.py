"""Mailboxes are set up; mails whose customer is not known are given to one, or left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.contacts.actions import add as add_contact
from kefen_crm.customers.queries import changeable_by
from kefen_crm.mailbox import letters
from kefen_crm.mailbox.models import Mail, Mailbox
from kefen_crm.mailbox.taking import open_for
from kefen_crm.platform import events
from kefen_crm.team.roles import Permit, require
from kefen_crm.tickets.actions import SERVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User
    from kefen_crm.tickets.models import Ticket

FIELDS: Final = ("address", "host", "port", "account", "folder", "sends", "active")


@transaction.atomic
def save(
    actor: User,
    mailbox: Mailbox | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> Mailbox:
    """Set up a mailbox, or change one; an empty `secret` leaves the one there is.

    Where it lies elsewhere now, it is read from its present end on.

    Raises:
        PermissionDenied: unless `actor` operates the installation.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field.
    """
    require(actor, Permit.OPERATE)
    known = mailbox is not None
    if mailbox is not None:
        mailbox = events.locked(Mailbox.objects.all(), mailbox.pk, expected_version)
    mailbox = mailbox or Mailbox()
    before = _told(mailbox) if known else {}
    for name in FIELDS:
        if name in values:
            setattr(mailbox, name, values[name])
    if values.get("secret"):
        mailbox.secret = values["secret"]
    if not mailbox.secret:
        raise ValidationError({"secret": _("The password is missing.")})
    if known and any(
        before[name] != getattr(mailbox, name) for name in ("host", "account", "folder")
    ):
        mailbox.validity, mailbox.last_uid = None, 0
    mailbox.failures, mailbox.why = 0, ""
    mailbox.full_clean()
    if known:
        events.raised(mailbox)
    else:
        mailbox.save()
    verb = "mailbox.changed" if known else "mailbox.added"
    events.record(actor, verb, mailbox, before=before, after=_told(mailbox))
    return mailbox


@transaction.atomic
def give(actor: User, mail: Mail, customer: Customer, *, remember: bool = False) -> Ticket:
    """Open the ticket of a mail that waits; with `remember` its sender becomes a contact.

    Raises:
        PermissionDenied: unless `actor` may answer tickets.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: where it waits no more.
    """
    require(actor, SERVE)
    customer = changeable_by(actor).select_related("owner").get(pk=customer.pk)
    mail = _waiting(mail)
    letter = letters.read(mail.place.read_bytes())
    ticket = open_for(mail, letter, customer)
    if remember:
        reaches = [{"kind": "email", "value": letter.sender}]
        name = letter.name or letter.sender.partition("@")[0]
        add_contact(actor, customer, {"name": name, "reaches": reaches})
    _settled(mail, Mail.Outcome.TICKET, ticket)
    events.record(actor, "mailbox.given", mail, customer=customer, after={"subject": mail.subject})
    return ticket


@transaction.atomic
def leave_out(actor: User, mail: Mail) -> None:
    """Have no ticket come of a mail that waits.

    Raises:
        PermissionDenied: unless `actor` may answer tickets.
        ValidationError: where it waits no more.
    """
    require(actor, SERVE)
    mail = _waiting(mail)
    mail.why = "person"
    _settled(mail, Mail.Outcome.LEFT_OUT, None)
    events.record(actor, "mailbox.left_out", mail, after={"subject": mail.subject})


def _waiting(mail: Mail) -> Mail:
    mail = Mail.objects.select_for_update().get(pk=mail.pk)
    if mail.outcome != Mail.Outcome.WAITS:
        raise ValidationError(_("Somebody saw to this mail already."))
    return mail


def _settled(mail: Mail, outcome: str, ticket: Ticket | None) -> None:
    """A mail that waits no more; its bytes go, its files are with the customer."""
    place = mail.place
    mail.outcome, mail.ticket, mail.path, mail.text = outcome, ticket, "", ""
    mail.save()
    transaction.on_commit(lambda: place.unlink(missing_ok=True))


def _told(mailbox: Mailbox) -> dict[str, Any]:
    return {name: getattr(mailbox, name) for name in FIELDS}
