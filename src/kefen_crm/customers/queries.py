from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max

from kefen_crm.customers.models import Customer
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from kefen_crm.team.models import User


def visible_to(user: User | AnonymousUser) -> QuerySet[Customer]:
    """The customers `user` may see: a representative their own, a signed-out visitor none."""
    if not user.is_authenticated or not user.is_active:
        return Customer.objects.none()
    if may(user, Permit.SEE_ALL_CUSTOMERS):
        return Customer.objects.all()
    return Customer.objects.filter(owner=user)


def figures_as_of() -> date | None:
    """The date up to which the newest figures count, or None before the first run."""
    newest: date | None = Customer.objects.aggregate(newest=Max("figures_as_of"))["newest"]
    return newest
