"""Who is left alone this year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from kefen_crm.holdout.models import HoldoutMember, HoldoutPolicy, HoldoutYear
from kefen_crm.platform.bulk import keyed
from kefen_crm.platform.calendar import current

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet


def policy() -> HoldoutPolicy:
    """How many customers are left alone."""
    return HoldoutPolicy.objects.first() or HoldoutPolicy()


def this_year() -> HoldoutYear | None:
    """The draw of this year, unless nobody is left alone any more."""
    found = HoldoutYear.objects.filter(year=current().today(timezone.now()).year).first()
    return found if found is not None and policy().percent else None


def held() -> QuerySet[HoldoutMember]:
    """Those of this year who are left alone."""
    year = this_year()
    return HoldoutMember.objects.filter(of=year, held=True) if year else _nobody()


def held_among(customers: Collection[int]) -> set[int]:
    """Which of these customers, by their ids, are left alone."""
    if not customers:
        return set()
    found = held().filter(customer__in=keyed(customers))
    return set(found.order_by().values_list("customer", flat=True))


def _nobody() -> QuerySet[HoldoutMember]:
    return HoldoutMember.objects.none()
