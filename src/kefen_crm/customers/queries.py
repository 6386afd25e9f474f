from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from kefen_crm.team.models import User


def visible_to(user: User | AnonymousUser) -> QuerySet[Customer]:
    """The current customers in reach of `user`: those that lists, counts and programs show."""
    return in_reach_of(user).filter(standing__in=CURRENT)


def in_reach_of(user: User | AnonymousUser) -> QuerySet[Customer]:
    """The customers that `user` may see, archived and merged ones too.

    A representative sees their own, a signed-out visitor none.
    """
    if not user.is_authenticated or not user.is_active:
        return Customer.objects.none()
    if may(user, Permit.SEE_ALL_CUSTOMERS):
        return Customer.objects.all()
    return Customer.objects.filter(owner=user)


def changeable_by(user: User | AnonymousUser) -> QuerySet[Customer]:
    """The current customers in reach of `user` that are not theirs to read only."""
    return writable_by(user).filter(standing__in=CURRENT)


def writable_by(user: User | AnonymousUser) -> QuerySet[Customer]:
    """As `changeable_by`, with archived and merged ones."""
    return in_reach_of(user)


def figures_as_of() -> date | None:
    """The date up to which the newest figures count, or None before the first run."""
    known = Customer.objects.filter(in_facts=True)
    newest: date | None = known.aggregate(newest=Max("figures_as_of"))["newest"]
    return newest
