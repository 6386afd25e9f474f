"""Who has how many hours for customers, and what people are to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from kefen_crm.platform import events
from kefen_crm.playbooks.models import Staff, Target
from kefen_crm.playbooks.permits import SET
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from decimal import Decimal

    from kefen_crm.team.models import User


@transaction.atomic
def set_hours(
    actor: User,
    user: User,
    *,
    hours_week: Decimal,
    share: int,
    ceiling: int = 0,
    expected_version: int | None = None,
) -> Staff:
    """Say how much of a person's week is for customers, and how many customers at most.

    Raises:
        PermissionDenied: unless `actor` may set rules.
        ValidationError: by field.
        Stale: when it is of another version than `expected_version`.
    """
    require(actor, SET)
    Staff.objects.get_or_create(user=user)
    staff = events.locked(Staff.objects.all(), Staff.objects.get(user=user).pk, expected_version)
    before = _said(staff)
    staff.hours_week, staff.share, staff.ceiling = hours_week, share, ceiling
    staff.full_clean(exclude=["user"])
    events.raised(staff)
    events.record(actor, "staff.changed", staff, before=before, after=_said(staff))
    return staff


@transaction.atomic
def set_target(
    actor: User,
    user: User,
    rule: str,
    measure: str,
    year: int,
    amount: int,
) -> Target | None:
    """Say what a person is to reach with the customers of a playbook; 0 takes the target away.

    Raises:
        PermissionDenied: unless `actor` may set rules.
        ValidationError: by field.
    """
    require(actor, SET)
    wanted = {"user": user, "rule": rule, "measure": measure, "year": year}
    known = Target.objects.select_for_update().filter(**wanted).first()
    before = known.amount if known else None
    if not amount:
        if known:
            events.record(actor, "target.removed", known, before=_target(known))
            known.delete()
        return None
    target = known or Target(**wanted)
    target.amount = amount
    target.full_clean(exclude=["user"], validate_unique=False, validate_constraints=False)
    if known:
        events.raised(target)
    else:
        target.save()
    events.record(actor, "target.set", target, before={"amount": before}, after=_target(target))
    return target


def _said(staff: Staff) -> dict[str, Any]:
    return {
        "user": staff.user_id,
        "hours_week": str(staff.hours_week),
        "share": staff.share,
        "ceiling": staff.ceiling,
    }


def _target(one: Target) -> dict[str, Any]:
    return {
        "user": one.user_id, "rule": one.rule, "measure": one.measure, "year": one.year,
        "amount": one.amount,
    }  # fmt: skip
