"""Customers become key accounts, and their people are placed on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.contacts.actions import add as add_contact
from kefen_crm.contacts.actions import change as change_contact
from kefen_crm.contacts.actions import change_brought
from kefen_crm.contacts.models import Contact
from kefen_crm.contacts.queries import changeable as changeable_contacts
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.key_accounts.models import KeyAccount, Stakeholder
from kefen_crm.key_accounts.people import leads_back
from kefen_crm.key_accounts.queries import accounts_for, changeable_accounts
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User


@transaction.atomic
def mark(
    actor: User, customer: Customer, values: Mapping[str, Any] | None = None, *, key: str = ""
) -> KeyAccount:
    """Make a customer a key account; one already is stays as it is.

    Args:
        actor: who does it.
        customer: who becomes one.
        values: by the fields of `KeyAccount`.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may sell.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, SELL)
    customer = _locked(actor, customer)
    given = {"customer": customer.pk, **(values or {})}
    if answer := events.answered(actor, "key_account.marked", key, given):
        return accounts_for(actor).get(pk=answer.target().pk)
    found = KeyAccount.objects.filter(customer=customer).first()
    if found:
        return found
    account = KeyAccount(customer=customer, since=current().today(timezone.now()), by=actor)
    _put(account, values or {})
    account.save()
    events.record(actor, "key_account.marked", account, after=shown(account), key=key, given=given)
    return account


@transaction.atomic
def change(
    actor: User,
    customer: Customer,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> KeyAccount:
    """Say something else of a key account: its goal, the rules by which it buys.

    Raises:
        PermissionDenied, ValidationError, KeyReused: as `mark`.
        KeyAccount.DoesNotExist: out of reach of `actor`, or no key account.
        Stale: when it is of another version than `expected_version`.
    """
    require(actor, SELL)
    given = {"customer": customer.pk, **values}
    if answer := events.answered(actor, "key_account.changed", key, given):
        return accounts_for(actor).get(pk=answer.target().pk)
    account = _changeable(actor, customer, expected_version)
    before = shown(account)
    _put(account, values)
    after = shown(account)
    names = [name for name in after if after[name] != before[name]]
    if names:
        events.raised(account)
        events.record(
            actor, "key_account.changed", account, key=key, given=given,
            before={name: before[name] for name in names},
            after={name: after[name] for name in names},
        )  # fmt: skip
    return account


@transaction.atomic
def unmark(
    actor: User,
    customer: Customer,
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> None:
    """Have a customer be no key account any more; the map of its people stays.

    Raises:
        PermissionDenied, KeyReused, KeyAccount.DoesNotExist, Stale: as `change`.
    """
    require(actor, SELL)
    given = {"customer": customer.pk}
    if events.answered(actor, "key_account.unmarked", key, given):
        return
    account = _changeable(actor, customer, expected_version)
    events.record(
        actor, "key_account.unmarked", account, before=shown(account), reason=reason, key=key,
        given=given,
    )  # fmt: skip
    account.delete()


@transaction.atomic
def add_person(actor: User, customer: Customer, values: Mapping[str, Any]) -> Stakeholder:
    """Add a contact of a customer, with `name`, `title` and `role`, and place them on the map.

    Raises:
        PermissionDenied: unless `actor` may edit customers, and sell.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
    """
    said = {name: values[name] for name in ("name", "title", "role") if name in values}
    contact = add_contact(actor, customer, said)
    return place(actor, contact, {name: values[name] for name in values if name not in said})


@transaction.atomic
def place_imported(
    actor: User, customer: Customer, number: str, values: Mapping[str, Any], *, key: str = ""
) -> Stakeholder:
    """Place a contact that imports brought and nobody wrote of yet; they are kept here from now on.

    Args:
        actor: who says it.
        customer: whose contact it is.
        number: of the contact, as imports call it.
        values: as of `place`.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may edit customers, and sell.
        Customer.DoesNotExist: out of reach of `actor`.
        Contact.DoesNotExist: as `contacts.actions.change_brought`.
        ValidationError, KeyReused: as `place`.
    """
    require(actor, SELL)
    said = {"role": values["role"]} if values.get("role") else {}
    contact = change_brought(actor, customer, number, said, key=key)
    rest = {name: values[name] for name in values if name != "role"}
    return place(actor, contact, rest, key=f"{key}/place" if key else "")


@transaction.atomic
def place(
    actor: User,
    contact: Contact,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Stakeholder:
    """Say how a contact stands to buying; what `values` do not speak of stays.

    Args:
        actor: who says it.
        contact: a present contact.
        values: by the fields of `Stakeholder`; `reports_to` is another present contact of the
            customer, or None. `role` changes the contact's own.
        expected_version: of the place on the map; 0 while there is none.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may sell, and for another `role` edit customers.
        Contact.DoesNotExist: out of reach of `actor`, or no contact any more.
        ValidationError: by field; also where somebody would report to himself.
        Stale, KeyReused: as of every verb.
    """
    require(actor, SELL)
    said = {name: values[name] for name in Stakeholder.FIELDS if name in values}
    given = {"contact": contact.pk, **said, "role": values.get("role")}
    given |= {"reports_to": said["reports_to"] and said["reports_to"].pk} if (
        "reports_to" in said
    ) else {}  # fmt: skip
    if answer := events.answered(actor, "stakeholder.placed", key, given):
        there = Stakeholder.objects.filter(contact__customer__in=visible_to(actor))
        return there.get(pk=answer.target().pk)
    contact = changeable_contacts(actor).select_related("customer").get(pk=contact.pk)
    _locked(actor, contact.customer)  # whom others report to does not change meanwhile
    placed = Stakeholder.objects.filter(contact=contact).first() or Stakeholder(
        contact=contact, version=0, by=actor
    )
    if expected_version is not None and placed.version != expected_version:
        raise events.Stale(placed, [])
    before = placing(placed)
    if "role" in values and values["role"] != contact.role:
        contact = change_contact(actor, contact, {"role": values["role"]})
        placed.contact = contact
    for name, value in said.items():
        setattr(placed, name, value.strip() if isinstance(value, str) else value)
    placed.full_clean(exclude=["contact", "reports_to", "by"], validate_unique=False)
    _fits(placed)
    after = placing(placed)
    names = [name for name in after if after[name] != before[name]]
    if names or not placed.version:
        events.raised(placed)
        told = {"name": contact.name} | {name: after[name] for name in names}
        events.record(
            actor, "stakeholder.placed", placed, key=key, given=given, after=told,
            before={name: before[name] for name in names},
        )  # fmt: skip
    return placed


def shown(account: KeyAccount) -> dict[str, Any]:
    """What the events tell of a key account."""
    return {name: getattr(account, name) for name in KeyAccount.FIELDS}


def placing(placed: Stakeholder) -> dict[str, Any]:
    """What the events tell of a place on the map."""
    plain = {name: getattr(placed, name) for name in Stakeholder.FIELDS}
    return plain | {"reports_to": placed.reports_to_id}


def _put(account: KeyAccount, values: Mapping[str, Any]) -> None:
    for name in KeyAccount.FIELDS:
        if name in values:
            setattr(account, name, values[name].strip())
    account.full_clean(exclude=["customer", "by"], validate_unique=False)


def _fits(placed: Stakeholder) -> None:
    """Refuse whom they cannot report to."""
    boss = placed.reports_to
    if boss is None:
        return
    if boss.customer_id != placed.contact.customer_id or boss.left_on:
        raise ValidationError({"reports_to": _("Choose a present contact of the customer.")})
    others = Stakeholder.objects.filter(contact__customer=placed.contact.customer_id)
    bosses = dict(others.exclude(reports_to=None).values_list("contact", "reports_to"))
    if leads_back(bosses, placed.contact_id, boss.pk):
        told = _("%(boss)s reports to %(name)s already.")
        raise ValidationError(
            {"reports_to": told % {"boss": boss.name, "name": placed.contact.name}}
            if boss.pk != placed.contact_id
            else {"reports_to": _("Nobody reports to himself.")}
        )


def _locked(actor: User, customer: Customer) -> Customer:
    found: Customer = changeable_by(actor).select_for_update(of=("self",)).get(pk=customer.pk)
    return found


def _changeable(actor: User, customer: Customer, expected_version: int | None) -> KeyAccount:
    accounts = changeable_accounts(actor)
    pk = accounts.values_list("pk", flat=True).get(customer=customer)
    return events.locked(accounts, pk, expected_version)
