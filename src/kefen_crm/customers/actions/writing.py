"""What people write of customers: typed in, edited, chosen where imports say something else."""

from __future__ import annotations

import secrets
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers import choices, fields, search
from kefen_crm.customers.fields import OWNER
from kefen_crm.customers.locks import editing
from kefen_crm.customers.models import Customer, FieldEdit
from kefen_crm.customers.queries import changeable_by, in_reach_of
from kefen_crm.customers.validation import cleaned, cleaned_code
from kefen_crm.platform.events import answered, locked, raised, record
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from collections.abc import Mapping

Kept = Literal["mine", "import"]
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_START = "NEW-"
"""Begins the code of a customer that came without one; no import makes such codes."""


@transaction.atomic
def create(
    actor: User, values: Mapping[str, Any], *, code: str = "", key: str = "", reason: str = ""
) -> Customer:
    """Type in a customer; its values stand when imports bring its code later.

    Who may not assign customers becomes the owner. Without a `code` one is made.

    Raises:
        PermissionDenied: unless `actor` may edit customers, and for another owner assign them.
        ValidationError: by field; a name is needed, and a code that nobody has.
        Customer.DoesNotExist: under a repeated key, when it is out of reach of `actor` by now.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    given = {"values": dict(values), "code": code}
    if answer := answered(actor, "customer.created", key, given):
        return in_reach_of(actor).get(pk=_customer(answer.target()).pk)
    written = cleaned({"name": ""} | dict(values))
    if not may(actor, Permit.ASSIGN_CUSTOMERS):
        if written.get(OWNER, own := str(actor.pk)) not in ("", own):
            require(actor, Permit.ASSIGN_CUSTOMERS)
        written[OWNER] = own
    editing()
    customer = Customer(code=cleaned_code(code) if code.strip() else _new_code())
    written = {name: text for name, text in written.items() if text}
    for name, text in written.items():
        _put(customer, name, text)
    _index(customer)
    customer.save(force_insert=True)
    now = timezone.now()
    FieldEdit.objects.bulk_create(
        FieldEdit(customer=customer, field=name, value=text, by=actor, at=now)
        for name, text in written.items()
    )
    record(
        actor,
        "customer.created",
        customer,
        after={"code": customer.code, **written},
        reason=reason,
        key=key,
        given=given,
    )
    return customer


@transaction.atomic
def edit(
    actor: User,
    customer: Customer,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Customer:
    """Write fields of a customer; imports leave them alone from now on.

    Writing what imports bring anyway has the field follow them again. The owner is one of the
    fields, for those who may assign customers.

    Raises:
        PermissionDenied: unless `actor` may edit, or for an owner assign, this customer.
        ValidationError: by field.
        Customer.DoesNotExist: out of reach of `actor`.
        Stale: when the customer is of another version than expected.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS if set(values) == {OWNER} else Permit.EDIT_CUSTOMERS)
    if OWNER in values:
        require(actor, Permit.ASSIGN_CUSTOMERS)
    verb = "customer.assigned" if set(values) == {OWNER} else "customer.edited"
    given = {"customer": customer.pk, "values": dict(values)}
    if answer := answered(actor, verb, key, given):
        return _customer(answer.target())
    written = cleaned(values)
    editing()
    customer = locked(changeable_by(actor), customer.pk, expected_version)
    before = {name: fields.current_text(customer, name) for name in written}
    after = {name: text for name, text in written.items() if text != before[name]}
    if not after:
        return customer
    was = _row(customer)
    known = {one.field: one for one in customer.edits.filter(field__in=after)}
    for name, text in after.items():
        _keep(actor, customer, name, text, known.get(name))
        _put(customer, name, text)
    _index(customer)
    raised(customer, _differing(customer, was))
    record(
        actor,
        verb,
        customer,
        before={name: before[name] for name in after},
        after=after,
        reason=reason,
        key=key,
        given=given,
    )
    return customer


def assign(actor: User, customer: Customer, owner: User | None, **more: Any) -> Customer:
    """Give a customer to another owner, or to nobody; as `edit` of that field."""
    return edit(actor, customer, {OWNER: str(owner.pk) if owner else ""}, **more)


@transaction.atomic
def choose(
    actor: User,
    customer: Customer,
    field: str,
    keep: Kept,
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Customer:
    """Say which value holds where imports bring another than a person wrote.

    `mine` keeps what was written while imports bring what they bring now; `import` takes that,
    and the field follows imports again. Where nothing is to choose, nothing happens.

    Raises:
        PermissionDenied, Customer.DoesNotExist, Stale: as `edit`.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS if field == OWNER else Permit.EDIT_CUSTOMERS)
    given = {"customer": customer.pk, "field": field, "keep": keep}
    if answer := answered(actor, "customer.chosen", key, given):
        return _customer(answer.target())
    editing()
    customer = locked(changeable_by(actor), customer.pk, expected_version)
    one = customer.edits.filter(field=field, incoming__isnull=False).first()
    if one is None:
        return customer
    was, incoming, before = _row(customer), one.incoming or "", {field: one.value}
    if keep == "mine":
        one.base, one.incoming, one.by, one.at = incoming, None, actor, timezone.now()
        one.save()
        after = {field: one.value}
    else:
        after = {field: _named(incoming) if field == OWNER else incoming}
        _put(customer, field, after[field])
        _index(customer)
        one.delete()
    raised(customer, _differing(customer, was))
    record(
        actor,
        "customer.chosen",
        customer,
        before=before,
        after=after,
        reason=reason,
        key=key,
        given=given,
    )
    return customer


def _keep(actor: User, customer: Customer, name: str, text: str, known: FieldEdit | None) -> None:
    """Note what a person wrote, and what imports bring instead; nothing where both are the same."""
    if known is None:
        base = fields.brought(customer, name)
    else:
        base = known.base if known.incoming is None else known.incoming
    if text == (_named(base) if name == OWNER else base):
        if known is not None:
            known.delete()
        return
    told = {"value": text, "base": base, "incoming": None, "by": actor, "at": timezone.now()}
    FieldEdit.objects.update_or_create(customer=customer, field=name, defaults=told)


def _put(customer: Customer, name: str, text: str) -> None:
    if name == OWNER:
        customer.owner_id = int(text) if text else None
        customer.owner_name = customer.owner_name if text else ""
    else:
        setattr(customer, name, fields.value(name, text))
        choices.written(name, text)


def _row(customer: Customer) -> dict[str, Any]:
    """What is written of it, by field."""
    fields_of = customer._meta.concrete_fields  # noqa: SLF001  # Django documents it for use
    return {
        one.name: deepcopy(getattr(customer, one.attname)) for one in fields_of if not one.generated
    }


def _differing(customer: Customer, was: Mapping[str, Any]) -> list[str]:
    """The fields to write: figures that read others need not be read anew."""
    now = _row(customer)
    return [name for name in now if now[name] != was[name] or name == "updated"]


def _index(customer: Customer) -> None:
    """Have the search find the customer by what it is called now."""
    customer.initials, customer.pinyin = search.spoken(customer.name)
    customer.search = search.document(
        customer.code,
        customer.name,
        customer.initials,
        customer.pinyin,
        customer.phone,
        customer.contact,
    )


def _named(name: str) -> str:
    """The number of the user whom the data calls so; empty for nobody."""
    if not name:
        return ""
    people = User.objects.filter(is_active=True)
    found = people.filter(first_name=name).first() or people.filter(username=name).first()
    return str(found.pk) if found else ""


def _new_code() -> str:
    while True:
        code = _START + "".join(secrets.choice(_LETTERS) for _place in range(6))
        if not Customer.objects.filter(code=code).exists():
            return code


def _customer(found: Any) -> Customer:
    """The customer of an event."""
    if not isinstance(found, Customer):
        raise ValidationError(_("This is about no customer."))
    return found
