"""Who besides the owner sees a customer, and may change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.customers.models import Collaborator, Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform.events import answered, locked, record
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from kefen_crm.team.models import User


@transaction.atomic
def share(
    actor: User, customer: Customer, user: User, access: str, *, key: str = "", reason: str = ""
) -> Customer:
    """Have somebody see a customer, or with `write` change it as far as their role permits.

    Raises:
        PermissionDenied: unless `actor` may assign customers, or edit this one and owns it.
        ValidationError: for an account that is switched off or a program's, or an unknown access.
        Customer.DoesNotExist: out of reach of `actor`.
    """
    given = {"customer": customer.pk, "user": user.pk, "access": access}
    if answered(actor, "customer.shared", key, given):
        return customer
    found = locked(changeable_by(actor), customer.pk)
    _require(actor, found)
    if not user.is_active or user.service:
        raise ValidationError({"user": _("Nobody who can look after customers has this number.")})
    if access not in Collaborator.Access:
        raise ValidationError({"access": _("There is no such access.")})
    known = found.collaborators.filter(user=user).first()
    before = {"access": known.access} if known else None
    if known is None or known.access != access:
        wanted = {"access": access, "by": actor}
        found.collaborators.update_or_create(user=user, defaults=wanted)
        after = {"access": access, "user": user.pk}
        record(
            actor, "customer.shared", found, before=before, after=after,
            reason=reason, key=key, given=given,
        )  # fmt: skip
    return found


@transaction.atomic
def unshare(
    actor: User, customer: Customer, user: User, *, key: str = "", reason: str = ""
) -> Customer:
    """Have somebody collaborate no more; who does not anyway is passed over.

    Raises:
        PermissionDenied, Customer.DoesNotExist: as `share`; everybody may end their own.
    """
    given = {"customer": customer.pk, "user": user.pk}
    if answered(actor, "customer.unshared", key, given):
        return customer
    known = Collaborator.objects.select_for_update().filter(customer=customer, user=user).first()
    if user.pk != actor.pk:
        _require(actor, locked(changeable_by(actor), customer.pk))
    if known is not None:
        known.delete()
        before = {"access": known.access, "user": user.pk}
        record(
            actor, "customer.unshared", customer, before=before,
            reason=reason, key=key, given=given,
        )  # fmt: skip
    return customer


def may_share(actor: User, customer: Customer) -> bool:
    """Whether `actor` says who collaborates on a customer that they may change."""
    own = customer.owner_id == actor.pk and may(actor, Permit.EDIT_CUSTOMERS)
    return own or may(actor, Permit.ASSIGN_CUSTOMERS)


def _require(actor: User, customer: Customer) -> None:
    if not may_share(actor, customer):
        require(actor, Permit.ASSIGN_CUSTOMERS)
