"""Reads of credit: accounts, exceptions and holds of the customers that somebody may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.credit.models import CreditAccount, CreditException, CreditHold
from kefen_crm.customers.queries import visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.team.models import User


def accounts_for(user: User) -> QuerySet[CreditAccount]:
    """The credit of the customers that `user` may see, the most used first."""
    found = CreditAccount.objects.filter(customer__in=visible_to(user))
    return found.select_related("customer__owner")


def exceptions_for(user: User) -> QuerySet[CreditException]:
    """The exceptions for these customers, the newest first."""
    found = CreditException.objects.filter(customer__in=visible_to(user))
    return found.select_related("customer", "by", "decided_by")


def holds_for(user: User) -> QuerySet[CreditHold]:
    """The holds of these customers' orders, the newest first."""
    found = CreditHold.objects.filter(customer__in=visible_to(user))
    return found.select_related("customer", "by", "released_by")
