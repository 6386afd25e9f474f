"""Into a pool by hand: released by who holds a customer, or put there by who assigns."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.customers.actions import owners
from kefen_crm.customers.locks import editing
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.holdings.actions.work import follow
from kefen_crm.holdings.models import Pool, PoolEntry
from kefen_crm.holdings.permits import CLAIM
from kefen_crm.holdings.queries import pool_for, today
from kefen_crm.platform.events import answered, locked
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.holdings.models import Transfer

PUT = "customer.pooled"


@transaction.atomic
def release(
    actor: User,
    customer: Customer,
    *,
    reason: str,
    expected_version: int | None = None,
    key: str = "",
) -> Customer:
    """Give a customer up, into the pool of the owner's department, or else the company's.

    Raises:
        PermissionDenied: unless `actor` may claim customers and holds this one, or assigns them.
        ValidationError: without a reason, without an owner, or where no pool takes it.
        Customer.DoesNotExist: out of reach of `actor`.
        Stale: when the customer is of another version than expected.
    """
    require(actor, CLAIM)
    given = {"customer": customer.pk, "reason": reason}
    if answered(actor, owners.RELEASED, key, given):
        return Customer.objects.get(pk=customer.pk)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the customer is released.")})
    editing()
    found = locked(changeable_by(actor), customer.pk, expected_version)
    if found.owner_id is None:
        raise ValidationError(_("Nobody holds this customer."))
    if found.owner_id != actor.pk:
        require(actor, Permit.ASSIGN_CUSTOMERS)
    pool = pool_for(User.objects.get(pk=found.owner_id))
    if pool is None:
        raise ValidationError(_("No pool takes this customer. Make a pool first."))
    former = found.owner_id
    with owners.changing(via="released", reason=reason, actor=actor):
        owners.change_owners(
            actor, owners.RELEASED, {found.pk: None}, reason=reason, key=key, given=given
        )
    enter(pool, {found.pk: former}, why=PoolEntry.Why.RELEASED, reason=reason)
    follow(actor, {found.pk: (former, None)})
    return Customer.objects.get(pk=found.pk)


@transaction.atomic
def put(actor: User, customer: Customer, pool: Pool, *, reason: str = "") -> None:
    """Put a customer whom nobody holds into a pool, or into another one.

    Raises:
        PermissionDenied: unless `actor` may assign customers.
        ValidationError: when somebody holds the customer.
        Customer.DoesNotExist: out of reach of `actor`.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS)
    found = locked(changeable_by(actor), customer.pk)
    if found.owner_id is not None:
        raise ValidationError(_("Somebody holds this customer; release it instead."))
    PoolEntry.objects.update_or_create(
        customer=found,
        defaults={"pool": pool, "why": PoolEntry.Why.PUT, "reason": reason[:500]},
    )


def enter(
    pool: Pool,
    formers: dict[int, int],
    *,
    why: str,
    reason: str = "",
    reasons: Mapping[int, str] | None = None,
    transfer: Transfer | None = None,
) -> None:
    """Put customers, by their ids with those who held them, into a pool; nobody owns them now."""
    day = today()
    rest = pool.rest_days if why == PoolEntry.Why.RECYCLED else 0
    PoolEntry.objects.bulk_create(
        PoolEntry(
            customer_id=customer,
            pool=pool,
            why=why,
            reason=(reasons or {}).get(customer, reason)[:500],
            former_id=former,
            former_from=day + timedelta(days=pool.former_waits) if pool.former_waits else None,
            free_from=day + timedelta(days=rest) if rest else None,
            transfer=transfer,
        )
        for customer, former in formers.items()
    )


def may_release(actor: User, customer: Customer) -> bool:
    """Whether `actor` may give a customer up that they may change."""
    if customer.owner_id is None or not may(actor, CLAIM):
        return False
    return customer.owner_id == actor.pk or may(actor, Permit.ASSIGN_CUSTOMERS)
