"""White space: what customers of the same class buy and one does not, or buys far less of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING, Final

from django.db.models import F
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import CURRENT
from kefen_crm.gateway.categories import bought_by_category
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.calendar import current

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Scheme

YEAR: Final = timedelta(days=365)
FEWEST: Final = 5
"""Customers of the same class that bought anything; of fewer nothing is said."""
MOST: Final = 2_000
"""Customers of the same class that are looked at, those with most sales first."""
COMMON: Final = Decimal("0.2")
"""The share of them that buys a category, from which it counts as usual."""


@dataclass(frozen=True)
class Category:
    """A category that is usual among customers of the class.

    Attributes:
        share: of those customers that bought anything, the share that bought it.
        typical: the median of what these bought of it in a year.
        own: what the customer bought of it.
    """

    name: str
    share: Decimal
    typical: Decimal
    own: Decimal

    @property
    def white(self) -> bool:
        """Whether the customer buys nothing of it."""
        return self.own == 0

    @property
    def missing(self) -> Decimal:
        """How far below the typical sum the customer is."""
        return max(self.typical - self.own, Decimal(0))


@dataclass(frozen=True)
class WhiteSpace:
    """What a customer may buy besides.

    Attributes:
        scheme, class_key: the class; None and empty where it has none.
        peers: how many customers of it bought anything in the year.
        categories: those where the customer is below the typical sum, most missing first.
    """

    scheme: Scheme | None
    class_key: str
    peers: int
    categories: list[Category]

    @property
    def enough(self) -> bool:
        return self.peers >= FEWEST


def white_space_of(customer: Customer) -> WhiteSpace:
    """White space of a customer, over the year until today, in its class of the leading scheme."""
    scheme = leading_scheme()
    held = CustomerClass.objects.filter(customer=customer, scheme=scheme).first()
    if scheme is None or held is None or not held.class_key:
        return WhiteSpace(scheme, "", 0, [])
    like = CustomerClass.objects.filter(scheme=scheme, class_key=held.class_key)
    like = like.filter(customer__standing__in=CURRENT).exclude(customer=customer)
    order = F("customer__sales").desc(nulls_last=True)
    codes = list(like.order_by(order, "customer").values_list("customer__code", flat=True)[:MOST])
    end = current().today(timezone.now()) + timedelta(days=1)
    bought = bought_by_category([customer.code, *codes], end - YEAR, end)
    own = bought.pop(customer.code, {})
    return WhiteSpace(scheme, held.class_key, len(bought), compared(own, bought))


def compared(
    own: Mapping[str, Decimal], peers: Mapping[str, Mapping[str, Decimal]]
) -> list[Category]:
    """The usual categories of which a customer buys less than is typical, most missing first.

    Args:
        own: what the customer bought by category.
        peers: the same of each like customer; those that bought nothing are not among them.
    """
    if len(peers) < FEWEST:
        return []
    sums: dict[str, list[Decimal]] = {}
    for one in peers.values():
        for name, amount in one.items():
            sums.setdefault(name, []).append(amount)
    found = [
        Category(name, Decimal(len(each)) / len(peers), median(each), own.get(name, Decimal(0)))
        for name, each in sums.items()
        if Decimal(len(each)) / len(peers) >= COMMON
    ]
    return sorted((one for one in found if one.missing), key=lambda one: (-one.missing, one.name))
