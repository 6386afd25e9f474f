"""Pools as people see them: whose they are, who is in them, and what is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone

from kefen_crm.activities.models import Activity
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.scopes import above
from kefen_crm.holdings.models import Falling, Holding, Leave, Pool, PoolEntry
from kefen_crm.holdings.permits import CLAIM
from kefen_crm.platform.calendar import current
from kefen_crm.team.roles import Permit, Reach, may, reach_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

    from kefen_crm.team.models import User

HIDDEN = "•••"
UNMASKED = ("code", "region", "province", "city", "industry", "size", "customer_type")
"""What everybody sees of a customer in a pool of theirs."""


@dataclass(frozen=True)
class Pooled:
    """A customer in a pool, as one person may see it.

    Attributes:
        customer: whom it is; templates show its `shown` fields alone.
        fields: the fields a pool may hide, as this person sees them.
        masked: whether any of them is hidden.
        waits: the day from which this person may claim it; None when that is now.
    """

    customer: Customer
    entry: PoolEntry
    fields: dict[str, str]
    masked: bool
    waits: date | None

    @property
    def name(self) -> str:
        """The name, or what stands for it."""
        return self.fields["name"]

    @property
    def former(self) -> str:
        """Who held the customer before."""
        return self.entry.former.display_name if self.entry.former else ""


def sees_everything(user: Any) -> bool:
    """Whether nothing of a pool is hidden: for those who see all customers anyway."""
    return reach_of(user, Permit.SEE_ALL_CUSTOMERS) == Reach.ALL


def pools_of(user: Any) -> QuerySet[Pool]:
    """The pools that `user` may claim from: those of their department and above, and the company's.

    Who assigns customers of the whole company, and who sets the rules, sees every pool.
    """
    if not user.is_authenticated:
        return Pool.objects.none()
    if sees_everything(user) and may(user, Permit.ASSIGN_CUSTOMERS):
        return Pool.objects.all()
    if not may(user, CLAIM):
        return Pool.objects.none()
    line = above(user.department_id)
    return Pool.objects.filter(Q(departments=None) | Q(departments__in=line)).distinct()


def pool_for(owner: User) -> Pool | None:
    """The pool that takes what `owner` held: of the nearest department, else the company's."""
    department = owner.department
    while department is not None:
        if pool := department.pools.first():
            return pool
        department = department.parent
    return Pool.objects.filter(departments=None).first()


def pooled_for(user: Any) -> QuerySet[Customer]:
    """The customers in the pools of `user`; nobody holds them, and lists may not show them."""
    entries = PoolEntry.objects.select_related("pool", "former")
    found = Customer.objects.filter(
        owner=None, standing__in=CURRENT, pool_entry__pool__in=pools_of(user)
    )
    return found.prefetch_related(Prefetch("pool_entry", entries))


def seen(user: User, customer: Customer) -> Pooled:
    """A customer of `pooled_for` as `user` may see it."""
    entry = customer.pool_entry
    hidden = set() if sees_everything(user) else set(entry.pool.masked_fields)
    fields, masked = {}, False
    for name in ("name", "phone", "email", "contact", "address"):
        value = getattr(customer, name)
        masked = masked or bool(name in hidden and value)
        fields[name] = HIDDEN if name in hidden and value else value
    return Pooled(customer, entry, fields, masked, waits(user, entry, today()))


def waits(user: User, entry: PoolEntry, day: date) -> date | None:
    """The day from which `user` may claim a customer; None when that has come."""
    days = [entry.free_from]
    if entry.former_id == user.pk:
        days.append(entry.former_from)
    last = max((one for one in days if one), default=None)
    return last if last is not None and last > day else None


def found_in_pool(user: User, text: str) -> Q:
    """The condition of a search in pools: nothing that is hidden is looked into."""
    condition = Q()
    for word in text.split():
        condition &= _word(user, word)
    return condition


def _word(user: User, word: str) -> Q:
    plain = Q(code__icontains=word) | Q(industry__icontains=word) | Q(city__icontains=word)
    plain |= Q(province__icontains=word) | Q(region__icontains=word)
    named = Q(name__icontains=word) | Q(initials__icontains=word) | Q(pinyin__icontains=word)
    if sees_everything(user):
        return plain | named | Q(search__contains=word.lower())
    return plain | (named & ~Q(pool_entry__pool__masked_fields__contains="name"))


def falling_of(user: Any) -> QuerySet[Falling]:
    """The customers of `user` about to fall as of the last night, and not spoken to since."""
    spoken = Activity.objects.filter(
        customer=OuterRef("customer"), real=True, at__date__gt=OuterRef("since")
    )
    found = Falling.objects.filter(owner=user, customer__owner=user)
    return found.exclude(Exists(spoken), condition=Falling.Condition.CONTACT).select_related(
        "customer"
    )


def claims_today(user: User) -> QuerySet[Holding]:
    """What `user` claimed since midnight, in the company's zone."""
    return Holding.objects.filter(user=user, via=Holding.Via.CLAIMED, since__gte=midnight())


def today() -> date:
    """Today in the company's zone."""
    return current().today(timezone.now())


def midnight() -> datetime:
    """When today began in the company's zone."""
    return datetime.combine(today(), time(), current().zone)


def absences(users: Collection[int], day: date) -> list[tuple[int, date, date]]:
    """Who of some people, by their ids, is away from a day on, and until when."""
    found = Leave.objects.filter(user__in=users, last__gte=day)
    return list(found.order_by("user", "first").values_list("user", "first", "last"))
