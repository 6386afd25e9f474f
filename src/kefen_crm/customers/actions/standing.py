"""Customers put away by people, and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from kefen_crm.customers.locks import editing
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by, writable_by
from kefen_crm.platform.events import answered, locked, raised, record
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.models import User


@transaction.atomic
def archive(
    actor: User,
    customer: Customer,
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Customer:
    """Put a customer away: lists leave it out, facts and runs do not.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        Customer.DoesNotExist: out of reach of `actor`, or put away already.
        Stale: when the customer is of another version than expected.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    given = {"customer": customer.pk}
    if answer := answered(actor, "customer.archived", key, given):
        return _now(answer.customer_id)
    editing()
    found = locked(changeable_by(actor), customer.pk, expected_version)
    found.archived = True
    raised(found)
    found = _now(found.pk)
    record(
        actor,
        "customer.archived",
        found,
        before={"archived": False},
        after={"archived": True},
        reason=reason,
        key=key,
        given=given,
    )
    return found


@transaction.atomic
def restore(
    actor: User,
    customer: Customer,
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Customer:
    """Bring an archived customer back; one that the facts do not have stays as one of the site.

    Raises:
        PermissionDenied, Stale: as `archive`.
        Customer.DoesNotExist: out of reach of `actor`, or not archived.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    given = {"customer": customer.pk}
    if answer := answered(actor, "customer.restored", key, given):
        return _now(answer.customer_id)
    editing()
    archived = writable_by(actor).filter(standing="archived")
    found = locked(archived, customer.pk, expected_version)
    before = {"archived": found.archived}
    found.archived = False
    if not found.in_facts:
        found.origin = Customer.Origin.SITE
    raised(found)
    found = _now(found.pk)
    record(
        actor,
        "customer.restored",
        found,
        before=before,
        after={"archived": False},
        reason=reason,
        key=key,
        given=given,
    )
    return found


def _now(pk: Any) -> Customer:
    """The customer with the standing that the database gave it."""
    return Customer.objects.get(pk=pk)
