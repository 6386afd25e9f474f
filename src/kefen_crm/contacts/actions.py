"""Contacts of a customer: added, changed, no longer there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.contacts.brought import brought_of, contact_from
from kefen_crm.contacts.models import Contact, Reach
from kefen_crm.contacts.queries import changeable
from kefen_crm.contacts.reaching import cleaned
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    customer = changeable_by(actor).select_for_update(of=("self",)).get(pk=customer.pk)
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
def change_brought(
    actor: User,
    customer: Customer,
    number: str,
    values: Mapping[str, Any],
    *,
    key: str = "",
) -> Contact:
    """Say something else of a contact that imports brought: what is written stands from now on.

    What `values` do not speak of is as imports brought it.

    Raises:
        PermissionDenied, Customer.DoesNotExist, ValidationError, KeyReused: as `add`.
        Contact.DoesNotExist: when imports brought the customer no contact of this number, or
            somebody wrote of it already.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    given = {"customer": customer.pk, "number": number, "values": dict(values)}
    if answer := events.answered(actor, "contact.changed", key, given):
        return _target(answer)
    customer = changeable_by(actor).select_for_update(of=("self",)).get(pk=customer.pk)
    row = next((one for one in brought_of(customer) if one["contact_id"] == number), None)
    if row is None:
        raise Contact.DoesNotExist
    contact, found = contact_from(customer, row)
    contact.by = actor
    before = said(contact, found)
    reaches = cleaned(values["reaches"] if "reaches" in values else before["reaches"])
    _put(contact, values)
    _alone(contact)
    contact.save()
    _reach(contact, reaches)
    after = said(contact)
    names = [name for name in after if after[name] != before[name]]
    events.record(
        actor,
        "contact.changed",
        contact,
        before={name: before[name] for name in names} | {"name": before["name"]},
        after={name: after[name] for name in names},
        key=key,
        given=given,
    )
    return contact


@transaction.atomic
def choose(
    actor: User,
    contact: Contact,
    field: str,
    keep: Literal["mine", "import"],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Contact:
    """Say which value holds where imports bring another than a person wrote.

    Where nothing is to choose, nothing happens.

    Raises:
        PermissionDenied, KeyReused: as `add`.
        Contact.DoesNotExist, Stale: as `change`.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    given = {"contact": contact.pk, "field": field, "keep": keep}
    if answer := events.answered(actor, "contact.chosen", key, given):
        return _target(answer)
    contact = events.locked(changeable(actor), contact.pk, expected_version)
    if field not in contact.incoming:
        return contact
    before, value = said(contact), contact.incoming.pop(field)
    contact.base[field] = value
    if keep == "import":
        _take(contact, field, value)
    after = said(contact)
    events.raised(contact)
    changed = {name for name in after if after[name] != before[name]} | {"name"}
    events.record(
        actor,
        "contact.chosen",
        contact,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed} | {"field": field, "keep": keep},
        key=key,
        given=given,
    )
    return contact


def _take(contact: Contact, field: str, value: str) -> None:
    """Write what imports bring into a contact; a way to reach it takes the place of the first."""
    if field not in Reach.Kind.values:
        setattr(contact, field, _day(value) if field == "birthday" else value[: _longest(field)])
        return
    told = said(contact)["reaches"]
    at = next((n for n, one in enumerate(told) if one["kind"] == field and one["valid"]), None)
    new = {"kind": field, "value": value}
    told = [*told, new] if at is None else [*told[:at], new, *told[at + 1 :]]
    _reach(contact, cleaned(told))


def _longest(field: str) -> int | None:
    longest: int | None = Contact._meta.get_field(field).max_length  # type: ignore[union-attr]  # noqa: SLF001
    return longest


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


def said(contact: Contact, reached: Iterable[Reach] = ()) -> dict[str, Any]:
    """What is said of a contact, as an event keeps it; of a new one where it is `reached`."""
    reaches = [
        {"kind": one.kind, "value": one.value, "valid": one.valid, "consent": one.consent}
        for one in (contact.reaches.all() if contact.pk else reached)
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
    contact.full_clean(
        exclude=["customer", "by", "primary", "brought", "base", "incoming"],
        validate_constraints=False,
    )
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
