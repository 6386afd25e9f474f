"""Customers assigned: one, or those of somebody who leaves, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kefen_crm.customers import actions as customers
from kefen_crm.customers.actions import owners
from kefen_crm.customers.locks import editing
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.holdings.actions.work import follow
from kefen_crm.holdings.handover import Plan, plan
from kefen_crm.holdings.models import Transfer
from kefen_crm.holdings.queries import today
from kefen_crm.platform.events import answered, record
from kefen_crm.platform.notifications import notify
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

HANDED = "transfer.handed-over"
MANY = "transfer.assigned"


@transaction.atomic
def assign(
    actor: User,
    customer: Customer,
    owner: User | None,
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Customer:
    """Give a customer to another owner; open work about it follows moments later.

    Raises:
        PermissionDenied, ValidationError, Customer.DoesNotExist, Stale: as `customers.edit`.
    """
    with owners.changing(via="assigned", reason=reason, actor=actor):
        return customers.assign(
            actor, customer, owner, expected_version=expected_version, key=key, reason=reason
        )


@transaction.atomic
def hand_over(
    actor: User,
    leaver: User,
    receivers: Sequence[User],
    *,
    reason: str,
    only: Collection[str] = (),
    expected: str = "",
    key: str = "",
) -> Transfer:
    """Give the customers of somebody who leaves to others, split by how much each can take.

    Open work goes along; what is done stays with who did it.

    Args:
        only: the codes of the customers that are meant; all of them by default.
        expected: the `digest` of the plan that was looked at.

    Raises:
        PermissionDenied: unless `actor` may assign customers.
        ValidationError: without a reason, without anybody or anything to hand over, or when the
            plan is another by now.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS)
    given = {"leaver": leaver.pk, "receivers": [one.pk for one in receivers], "reason": reason}
    if only:
        given["only"] = sorted(only)
    if answer := answered(actor, HANDED, key, given):
        return _transfer(answer.target())
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the customers are handed over.")})
    editing()
    planned = plan(actor, leaver, receivers, only=only, lock=True)
    if expected and expected != planned.digest:
        raise ValidationError(_("Something changed since you looked. Look again."))
    if not planned.owners:
        raise ValidationError(_("There is nothing to hand over, or nobody who can take it."))
    transfer = Transfer.objects.create(
        kind=Transfer.Kind.HANDED_OVER, day=today(), by=actor, leaver=leaver, reason=reason[:500]
    )
    with owners.changing(via="handed-over", reason=reason, actor=actor, transfer=transfer.pk):
        owners.change_owners(actor, owners.HANDED_OVER, planned.owners, reason=reason)
    work = follow(actor, {pk: (leaver.pk, new) for pk, new in planned.owners.items()})
    after = {"count": len(planned.owners), "leaver": leaver.pk, "work": work}
    record(actor, HANDED, transfer, after=after, reason=reason, key=key, given=given)
    _tell_receivers(actor, leaver, planned)
    return transfer


def _tell_receivers(actor: User, leaver: User, planned: Plan) -> None:
    counts: dict[int, int] = defaultdict(int)
    for owner in planned.owners.values():
        counts[owner] += 1
    for user in User.objects.filter(pk__in=counts).exclude(pk=actor.pk):
        notify(
            [user],
            "customer.given",
            gettext_noop("%(who)s gave you a customer of %(leaver)s"),
            {"count": counts[user.pk], "who": str(actor), "leaver": str(leaver)},
            f"{reverse('customers:list')}?owner={user.pk}",
            plural=gettext_noop("%(who)s gave you %(count)s customers of %(leaver)s"),
        )


@transaction.atomic
def assign_many(
    actor: User, customers: Collection[int], owner: User, *, reason: str = ""
) -> Transfer:
    """Give customers, by their ids, to one person; open work goes along.

    Limits are the caller's, who has locked the customers. Whoever gets them is told once.

    Raises:
        PermissionDenied: unless `actor` may assign customers.
        Customer.DoesNotExist: when one is out of reach of `actor`.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS)
    editing()
    found = dict(changeable_by(actor).filter(pk__in=customers).values_list("pk", "owner"))
    if len(found) < len(set(customers)):
        raise Customer.DoesNotExist
    transfer = Transfer.objects.create(
        kind=Transfer.Kind.ASSIGNED, day=today(), by=actor, reason=reason[:500]
    )
    told = dict.fromkeys(found, owner.pk)
    with owners.changing(via="assigned", reason=reason, actor=actor, transfer=transfer.pk):
        owners.change_owners(actor, owners.HANDED_OVER, told, reason=reason)
    work = follow(actor, {pk: (old, owner.pk) for pk, old in found.items()})
    after = {"count": len(found), "owner": owner.pk, "work": work}
    record(actor, MANY, transfer, after=after, reason=reason)
    if owner.pk != actor.pk:
        notify(
            [owner],
            "customer.given",
            gettext_noop("%(who)s gave you a customer"),
            {"count": len(found), "who": str(actor)},
            f"{reverse('customers:list')}?owner={owner.pk}",
            plural=gettext_noop("%(who)s gave you %(count)s customers"),
        )
    return transfer


def _transfer(found: object) -> Transfer:
    assert isinstance(found, Transfer)
    return found
