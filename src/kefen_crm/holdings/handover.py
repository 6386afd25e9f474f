"""How the customers of somebody who leaves are split: by what each of the others can take."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import CURRENT
from kefen_crm.customers.queries import changeable_by
from kefen_crm.grading.models import CustomerClass
from kefen_crm.holdings.limits import loads, weights_of
from kefen_crm.holdings.queries import pool_for
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Scheme


@dataclass
class Part:
    """What one person gets.

    Attributes:
        before: what they hold already, weighted; `weight` is what they get.
        most: what they may hold at most, weighted; 0 is no limit.
        classes: how many of each class of the leading scheme.
    """

    user: User
    before: int
    most: int
    weight: int = 0
    money: Decimal = Decimal(0)
    customers: list[Customer] = field(default_factory=list)
    classes: Counter[str | None] = field(default_factory=Counter)

    @property
    def after(self) -> int:
        """What they hold then, weighted."""
        return self.before + self.weight

    @property
    def by_class(self) -> list[tuple[str | None, int]]:
        """How many customers of each class, the unrated last."""
        return sorted(self.classes.items(), key=lambda pair: (pair[0] is None, pair[0] or ""))

    def takes(self, weight: int) -> bool:
        """Whether so much more is within the limit."""
        return not self.most or self.after + weight <= self.most


@dataclass(frozen=True)
class Plan:
    """Who gets whom.

    Attributes:
        parts: what each person gets.
        left: customers whom nobody can take within the limits; they stay.
        scheme: whose classes are counted.
    """

    leaver: User
    parts: list[Part]
    left: list[Customer]
    scheme: Scheme | None

    @property
    def owners(self) -> dict[int, int]:
        """The new owner of each customer, by ids."""
        return {one.pk: part.user.pk for part in self.parts for one in part.customers}

    @property
    def digest(self) -> str:
        """What tells this plan from one after something changed."""
        pairs = ",".join(f"{pk}:{owner}" for pk, owner in sorted(self.owners.items()))
        return hashlib.sha256(f"{self.leaver.pk};{pairs}".encode()).hexdigest()[:16]


def leavers(actor: User) -> QuerySet[User]:
    """Who holds customers that `actor` may hand over, those who left first."""
    holding = changeable_by(actor).exclude(owner=None).order_by().values("owner")
    return User.objects.filter(pk__in=holding).order_by("is_active", "first_name", "username")


def receivers_for(leaver: User) -> QuerySet[User]:
    """Who may get customers of `leaver`: active salespeople and managers."""
    people = User.objects.filter(is_active=True, service=False, role__in=("rep", "manager"))
    return people.exclude(pk=leaver.pk).order_by("-role", "first_name", "username")


def plan(
    actor: User,
    leaver: User,
    receivers: Sequence[User],
    *,
    only: Collection[str] = (),
    lock: bool = False,
) -> Plan:
    """Split the current customers of `leaver` within the reach of `actor`.

    The most valuable first, each to whoever holds least by weight, and less money where that is
    equal. With `only` it is those of these codes. With `lock` the customers are locked until the
    transaction ends.
    """
    customers = changeable_by(actor).filter(owner=leaver, standing__in=CURRENT)
    if only:
        customers = customers.filter(code__in=only)
    if lock:
        list(customers.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    weights = weights_of(customers)
    before = loads(one.pk for one in receivers)
    parts = [Part(one, before[one.pk], most_held(one)) for one in receivers]
    scheme = leading_scheme()
    classes = _classes(customers, scheme)
    ordered = sorted(
        customers.order_by(),
        key=lambda one: (-weights.get(one.pk, 1), -(one.sales or 0), one.code),
    )
    stay = []
    for one in ordered:
        weight = weights.get(one.pk, 1)
        able = [part for part in parts if part.takes(weight)]
        if not able:
            stay.append(one)
            continue
        part = min(able, key=lambda part: (part.after, part.money, part.user.pk))
        part.weight += weight
        part.money += one.sales or 0
        part.customers.append(one)
        part.classes[classes.get(one.pk)] += 1
    return Plan(leaver, parts, stay, scheme)


def _classes(customers: QuerySet[Customer], scheme: Scheme | None) -> dict[int, str | None]:
    if scheme is None:
        return {}
    rows = CustomerClass.objects.filter(scheme=scheme, customer__in=customers.order_by())
    return dict(rows.values_list("customer", "class_key"))


def most_held(user: User) -> int:
    """What somebody may hold at most, weighted; 0 is no limit."""
    pool = pool_for(user)
    return pool.most_held if pool else 0
