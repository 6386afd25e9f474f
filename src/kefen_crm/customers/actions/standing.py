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
    from collections.abc import Callable

    from django.db.models import QuerySet

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
    told: dict[str, Any] = {"expected_version": expected_version, "key": key, "reason": reason}
    return _put(actor, "customer.archived", changeable_by, customer, archived=True, **told)


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
    told: dict[str, Any] = {"expected_version": expected_version, "key": key, "reason": reason}
    return _put(actor, "customer.restored", _archived, customer, archived=False, **told)


def _archived(actor: User) -> QuerySet[Customer]:
    return writable_by(actor).filter(standing="archived")


def _put(
    actor: User,
    verb: str,
    those: Callable[[User], QuerySet[Customer]],
    customer: Customer,
    *,
    archived: bool,
    expected_version: int | None,
    key: str,
    reason: str,
) -> Customer:
    """Put away or bring back one of `those` customers."""
    require(actor, Permit.EDIT_CUSTOMERS)
    given = {"customer": customer.pk}
    if answer := answered(actor, verb, key, given):
        return _now(answer.customer_id)
    editing()
    found = locked(those(actor), customer.pk, expected_version)
    before, after = {"archived": found.archived}, {"archived": archived}
    found.archived = archived
    if not archived and not found.in_facts:
        found.origin = Customer.Origin.SITE
    raised(found)
    found = _now(found.pk)
    record(actor, verb, found, before=before, after=after, reason=reason, key=key, given=given)
    return found


def _now(pk: Any) -> Customer:
    """The customer with the standing that the database gave it."""
    return Customer.objects.get(pk=pk)
