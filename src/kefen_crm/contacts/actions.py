"""Contacts of a customer: added, changed, no longer there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.contacts.models import Contact, Reach
from kefen_crm.contacts.queries import changeable
from kefen_crm.contacts.reaching import cleaned
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

FIELDS: Final = ("name", "title", "role", "birthday", "birthday_calendar", "primary", "note")
"""What is said of a contact, besides `reaches`."""


@transaction.atomic
def add(actor: User, customer: Customer, values: Mapping[str, Any], *, key: str = "") -> Contact:
    """Add a contact; `values` by `FIELDS`, and `reaches`: `kind`, `value`, `valid`, `consent`.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {"customer": customer.pk, "values": dict(values)}
    if answer := events.answered(actor, "contact.added", key, given):
        return _target(answer)
    contact = Contact(customer=customer, by=actor)
    reaches = cleaned(values.get("reaches", ()))
    _put(contact, values)
    if not customer.contacts.filter(left_on=None).exists():
        contact.primary = True
    _alone(contact)
    contact.save()
    _reach(contact, reaches)
    events.record(actor, "contact.added", contact, after=said(contact), key=key, given=given)
    return contact


@transaction.atomic
def change(
    actor: User,
    contact: Contact,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Contact:
    """Say something else of a contact; what `values` do not speak of stays, `reaches` are all.

    Raises:
        PermissionDenied, ValidationError, KeyReused: as `add`.
        Contact.DoesNotExist: out of reach of `actor`, or no contact any more.
        Stale: when the contact is of another version than `expected_version`.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    given = {"contact": contact.pk, "values": dict(values), "version": expected_version}
    if answer := events.answered(actor, "contact.changed", key, given):
        return _target(answer)
    contact = events.locked(changeable(actor), contact.pk, expected_version)
    before = said(contact)
    reaches = cleaned(values["reaches"]) if "reaches" in values else None
    _put(contact, values)
    _alone(contact)
    if reaches is not None:
        _reach(contact, reaches)
    after = said(contact)
    names = [name for name in after if after[name] != before[name]]
    if not names:
        return contact
    events.raised(contact)
    events.record(
        actor,
        "contact.changed",
        contact,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names},
        key=key,
        given=given,
    )
    return contact


@transaction.atomic
def leave(
    actor: User,
    contact: Contact,
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Contact:
    """Say that the person is no contact any more; what was said of it stays to be read.

    Raises:
        PermissionDenied, KeyReused: as `add`.
        Contact.DoesNotExist, Stale: as `change`.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    given = {"contact": contact.pk, "version": expected_version}
    if answer := events.answered(actor, "contact.left", key, given):
        return _target(answer)
    contact = events.locked(changeable(actor), contact.pk, expected_version)
    contact.left_on, contact.primary = timezone.localdate(), False
    events.raised(contact)
    events.record(
        actor, "contact.left", contact, before={"name": contact.name}, reason=reason, key=key,
        given=given,
    )  # fmt: skip
    return contact


def said(contact: Contact) -> dict[str, Any]:
    """What is said of a contact, as an event keeps it."""
    reaches = [
        {"kind": one.kind, "value": one.value, "valid": one.valid, "consent": one.consent}
        for one in (contact.reaches.all() if contact.pk else ())
    ]
    birthday = contact.birthday.isoformat() if contact.birthday else ""
    plain = {name: getattr(contact, name) for name in FIELDS}
    return plain | {"birthday": birthday, "reaches": reaches}


def _put(contact: Contact, values: Mapping[str, Any]) -> None:
    """Write the values into a contact."""
    unknown = set(values) - {*FIELDS, "reaches"}
    if unknown:
        raise ValidationError({name: _("There is no such field.") for name in unknown})
    for name in FIELDS:
        if name in values:
            value = values[name]
            setattr(contact, name, _day(value) if name == "birthday" else value)
    contact.name = contact.name.strip()
    contact.full_clean(exclude=["customer", "by", "primary"], validate_constraints=False)
    if contact.birthday and contact.birthday > timezone.localdate():
        raise ValidationError({"birthday": _("That day has not come yet.")})


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None


def _alone(contact: Contact) -> None:
    """Have nobody else of the customer be the first contact, where this one is."""
    if contact.primary:
        others = Contact.objects.filter(customer=contact.customer_id, primary=True)
        others.exclude(pk=contact.pk).update(primary=False)


def _reach(contact: Contact, reaches: list[dict[str, Any]]) -> None:
    Reach.objects.filter(contact=contact).delete()
    Reach.objects.bulk_create(Reach(contact=contact, **one) for one in reaches)


def _target(answer: Any) -> Contact:
    found: Contact = answer.target()
    return found
