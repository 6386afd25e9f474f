"""Customers that belong together, and what they come to as one, nobody counted twice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Q, Sum

from kefen_crm.customer_links.models import Link
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.customers.queries import visible_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.team.models import User

TOGETHER: Final = (Link.Kind.PARENT, Link.Kind.AFFILIATE)
"""The links that make a group."""
MOST: Final = 1_000
"""Members of a group that are looked for."""


@dataclass(frozen=True)
class Figures:
    """What some customers come to, money over the window of their figures.

    `hidden` are those whom whoever asks may not see; they are not in the sums.
    """

    customers: int
    sales: Decimal
    profit: Decimal
    orders: int
    hidden: int = 0


def links_of_groups() -> list[tuple[int, int]]:
    """The pairs of customers that belong together."""
    links = Link.objects.filter(kind__in=TOGETHER)
    return list(links.values_list("customer_id", "other_id"))


def group_of(customer: Customer) -> set[int]:
    """The ids of the customers that belong together with this one by parents and affiliates.

    The customer itself is among them.
    """
    found, fresh = {customer.pk}, {customer.pk}
    while fresh and len(found) < MOST:
        pairs = Link.objects.filter(
            Q(customer__in=fresh) | Q(other__in=fresh), kind__in=TOGETHER
        ).values_list("customer", "other")
        fresh = {pk for pair in pairs for pk in pair} - found
        found |= fresh
    return found


def paid_for(customer: Customer) -> set[int]:
    """The ids of the customers that this one pays for."""
    return _linked(customer, Link.Kind.PAYER)


def referred(customer: Customer) -> set[int]:
    """The ids of the customers whom this one referred."""
    return _linked(customer, Link.Kind.REFERRER)


def _linked(customer: Customer, kind: str) -> set[int]:
    return set(Link.objects.filter(other=customer, kind=kind).values_list("customer", flat=True))


def figures(user: User, ids: Iterable[int]) -> Figures:
    """What these customers come to, as far as `user` may see them."""
    wanted = set(ids)
    seen = visible_to(user).filter(pk__in=wanted).order_by()
    told = seen.aggregate(
        customers=Count("pk"), sales=Sum("sales"), profit=Sum("profit"), orders=Sum("orders")
    )
    current = Customer.objects.filter(pk__in=wanted, standing__in=CURRENT).count()
    return Figures(
        told["customers"],
        told["sales"] or Decimal(0),
        told["profit"] or Decimal(0),
        told["orders"] or 0,
        current - told["customers"],
    )


def leads_back(customer: int, other: int, kind: str) -> bool:
    """Whether the chain of one kind from `other` on comes to `customer`."""
    seen: set[int] = set()
    at: int | None = other
    while at is not None and at not in seen:
        if at == customer:
            return True
        seen.add(at)
        found = Link.objects.filter(customer=at, kind=kind).values_list("other", flat=True)
        at = found.first()
    return False
