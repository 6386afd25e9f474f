"""Forms are set up, filled in by anybody, and given to a customer by a person where they wait."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from kefen_crm.contacts.actions import add as add_contact
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.public_forms.models import PublicForm, Submission
from kefen_crm.public_forms.reaching import read
from kefen_crm.public_forms.settling import open_for, settled
from kefen_crm.team.actions import digest
from kefen_crm.team.roles import Permit, require
from kefen_crm.tickets.permits import SERVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User
    from kefen_crm.tickets.models import Ticket

FIELDS: Final = ("title_zh", "title_en", "kind", "active")
MOST: Final = 200
"""Sent by one form within an hour; what comes beyond is refused."""
SAME: Final = timedelta(hours=1)
"""How long the same, sent once more, is answered with the number that it had."""


@transaction.atomic
def save(
    actor: User,
    form: PublicForm | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> PublicForm:
    """Set up a form, or change one; what it is for stays once something was sent by it.

    Raises:
        PermissionDenied: unless `actor` operates the installation.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field.
    """
    require(actor, Permit.OPERATE)
    known = form is not None
    if form is not None:
        form = events.locked(PublicForm.objects.all(), form.pk, expected_version)
    form = form or PublicForm()
    before = _told(form) if known else {}
    for name in FIELDS:
        if name in values:
            setattr(form, name, values[name])
    if known and form.kind != before["kind"] and form.submissions.exists():
        raise ValidationError({"kind": _("Something was sent by this form; set up another.")})
    form.full_clean()
    if known:
        events.raised(form)
    else:
        form.save()
    verb = "publicform.changed" if known else "publicform.added"
    events.record(actor, verb, form, before=before, after=_told(form))
    return form


@transaction.atomic
def renew(actor: User, form: PublicForm) -> str:
    """Give a form a new address; the one before leads nowhere.

    Of the address the digest and a seed are kept, from which only this site computes it again.

    Returns:
        The secret part of the address.

    Raises:
        PermissionDenied: unless `actor` operates the installation.
    """
    require(actor, Permit.OPERATE)
    form = events.locked(PublicForm.objects.all(), form.pk)
    token = put_address(form)
    events.raised(form)
    events.record(actor, "publicform.addressed", form, after={"title": form.title_en})
    return token


def put_address(form: PublicForm) -> str:
    """Give a form that is not saved yet an address of its own, and tell the secret part."""
    form.seed = secrets.token_hex(16)
    token = _token(form.seed)
    form.digest = digest(token)
    return token


def token_of(form: PublicForm) -> str:
    """The secret part of a form's address; empty where it has none that this site can tell."""
    token = _token(form.seed) if form.seed else ""
    return token if constant_time_compare(digest(token), form.digest) else ""


def found(token: str) -> PublicForm | None:
    """The open form of the secret part of an address."""
    return PublicForm.objects.filter(active=True, digest=digest(token)).first()


@transaction.atomic
def send(form: PublicForm, values: Mapping[str, str], *, robot: bool = False) -> Submission | None:
    """Take what was filled in; the worker sees to it, so that every answer takes as long.

    Args:
        form: by which it was sent.
        values: by the fields of `Submission`.
        robot: somebody filled in what people do not see; nothing comes of it, and nobody is told.

    Returns:
        What was taken, or the same that was sent within the last hour; None where too much came.
    """
    now = timezone.now()
    PublicForm.objects.select_for_update().get(pk=form.pk)
    words = json.dumps([form.pk, sorted(values.items())], ensure_ascii=False)
    mark = hashlib.sha256(words.encode()).hexdigest()
    lately = Submission.objects.filter(form=form, at__gt=now - SAME)
    if known := lately.filter(digest=mark).first():
        return known
    if lately.count() >= MOST:
        return None
    if robot:
        left_out = Submission.Outcome.LEFT_OUT
        return Submission.objects.create(form=form, at=now, digest=mark, outcome=left_out)
    sent = Submission.objects.create(form=form, at=now, digest=mark, **values)
    events.record(None, "publicform.sent", sent, after={"title": sent.number})
    return sent


@transaction.atomic
def give(actor: User, sent: Submission, customer: Customer, *, remember: bool = False) -> Ticket:
    """Open the ticket of what waits; with `remember` whoever sent it becomes a contact.

    Raises:
        PermissionDenied: unless `actor` may answer tickets.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: where it waits no more.
    """
    require(actor, SERVE)
    customer = changeable_by(actor).select_related("owner").get(pk=customer.pk)
    sent = _waiting(sent)
    if remember:
        kind, _normal = read(sent.reach)
        reaches = [{"kind": kind, "value": sent.reach}]
        add_contact(actor, customer, {"name": sent.name, "reaches": reaches})
    ticket = open_for(sent, customer)
    settled(sent, Submission.Outcome.TICKET, ticket=ticket)
    after = {"title": sent.number}
    events.record(actor, "publicform.given", sent, customer=customer, after=after)
    return ticket


@transaction.atomic
def leave_out(actor: User, sent: Submission) -> None:
    """Have no ticket come of what waits.

    Raises:
        PermissionDenied: unless `actor` may answer tickets.
        ValidationError: where it waits no more.
    """
    require(actor, SERVE)
    sent = _waiting(sent)
    settled(sent, Submission.Outcome.LEFT_OUT)
    events.record(actor, "publicform.left_out", sent, after={"title": sent.number})


def _token(seed: str) -> str:
    made = salted_hmac("kefen.public_forms", seed, algorithm="sha256").digest()[:18]
    return base64.urlsafe_b64encode(made).decode()


def _waiting(sent: Submission) -> Submission:
    sent = Submission.objects.select_for_update().get(pk=sent.pk)
    if sent.outcome != Submission.Outcome.WAITS:
        raise ValidationError(_("Somebody saw to this already."))
    return sent


def _told(form: PublicForm) -> dict[str, Any]:
    return {name: getattr(form, name) for name in FIELDS}
