"""Customers who have bought, but not within the window of a scheme."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal  # a kept figure is read into it
from typing import TYPE_CHECKING, Any

from django.db.models import Count, DecimalField, F, Max, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from kefen_crm.customers.queries import about_visible
from kefen_crm.gateway import LAPSED
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.remembered import remembered

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.grading.models import Scheme
    from kefen_crm.team.models import User

_NAMED = 3
_LOOKED_AT = 50


@dataclass(frozen=True)
class Lapsed:
    """How many there are, what they ever brought, their latest purchase (ISO), whom first."""

    customers: int
    worth: Decimal | None
    last_purchase: str | None
    names: tuple[tuple[str, str], ...]


def lapsed(user: User, scheme: Scheme) -> Lapsed:
    """The lapsed whom `user` may see, those who once brought most money named first."""
    worth = Cast(
        KeyTextTransform("past_worth", "detail"), DecimalField(max_digits=28, decimal_places=4)
    )
    found = CustomerClass.objects.filter(
        about_visible(user), scheme=scheme, class_key=LAPSED
    ).annotate(worth=worth, last=KeyTextTransform("last_purchase", "detail"))
    return remembered(found, "lapsed", lambda: _read(found), stored=Lapsed)


def _read(found: QuerySet[Any]) -> Lapsed:
    sums = found.aggregate(customers=Count("pk"), all=Sum("worth"), latest=Max("last"))
    if not sums["customers"]:
        return Lapsed(0, None, None, ())
    worth = F("worth").desc(nulls_last=True)
    first = found.order_by(worth, "customer__code")
    if sums["customers"] > _LOOKED_AT:
        # Customers are looked up for these alone, unless others brought as much as the last named.
        top = list(found.order_by(worth).values_list("customer", "worth")[:_LOOKED_AT])
        if top[-1][1] != top[_NAMED - 1][1]:
            first = first.filter(customer__in=[pk for pk, _worth in top])
    names = tuple(first.values_list("customer__code", "customer__name")[:_NAMED])
    return Lapsed(sums["customers"], sums["all"], sums["latest"], names)
