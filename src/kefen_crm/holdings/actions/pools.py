"""Pools made, changed and removed; days of leave noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.holdings.models import MASKABLE, Leave, Pool
from kefen_crm.platform.events import locked, raised, record
from kefen_crm.platform.rules import SET_RULES
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from kefen_crm.team.models import User

PLAIN = ("name", "masked_fields", "per_day", "most_held", "former_waits", "rest_days")


@transaction.atomic
def save_pool(
    actor: User,
    pool: Pool | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> Pool:
    """Make a pool, or change one; `departments` are those it is for.

    Raises:
        PermissionDenied: unless `actor` may set rules.
        ValidationError: by field.
        Stale: when the pool is of another version than expected.
    """
    require(actor, SET_RULES)
    found = Pool() if pool is None else locked(Pool.objects.all(), pool.pk, expected_version)
    before = None if pool is None else _told(found)
    for name in PLAIN:
        if name in values:
            setattr(found, name, values[name])
    found.name = found.name.strip()
    found.masked_fields = [name for name in MASKABLE if name in found.masked_fields]
    found.full_clean()
    if pool is None:
        found.save()
    else:
        raised(found)
    if "departments" in values:
        found.departments.set(values["departments"])
    verb = "pool.made" if pool is None else "pool.changed"
    record(actor, verb, found, before=before, after=_told(found))
    return found


@transaction.atomic
def remove_pool(actor: User, pool: Pool) -> None:
    """Take away a pool that nobody is in.

    Raises:
        PermissionDenied: unless `actor` may set rules.
        ValidationError: while customers are in it.
    """
    require(actor, SET_RULES)
    found = locked(Pool.objects.all(), pool.pk)
    if found.entries.exists():
        raise ValidationError(_("Customers are in this pool: assign them or move them first."))
    record(actor, "pool.removed", found, before=_told(found))
    found.delete()


@transaction.atomic
def note_leave(actor: User, user: User, first: date, last: date) -> Leave:
    """Note days on which somebody is away.

    Raises:
        PermissionDenied: unless `actor` may assign customers.
        ValidationError: when the last day is before the first.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS)
    if last < first:
        raise ValidationError({"last": _("The last day is before the first.")})
    made = Leave.objects.create(user=user, first=first, last=last, by=actor)
    record(actor, "leave.noted", made, after={"user": user.pk, "first": first, "last": last})
    return made


@transaction.atomic
def remove_leave(actor: User, leave: Leave) -> None:
    """Take back days of leave.

    Raises:
        PermissionDenied: unless `actor` may assign customers.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS)
    told = {"user": leave.user_id, "first": leave.first, "last": leave.last}
    record(actor, "leave.removed", leave, before=told)
    leave.delete()


def _told(pool: Pool) -> dict[str, Any]:
    departments = sorted(pool.departments.values_list("name", flat=True)) if pool.pk else []
    return {name: getattr(pool, name) for name in PLAIN} | {"departments": departments}
