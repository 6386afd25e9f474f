"""Customers whom nobody looks after, shared among people: seen first, then done in one go."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from kefen_crm.customers.locks import editing
from kefen_crm.customers.models import CURRENT
from kefen_crm.customers.queries import changeable_by
from kefen_crm.holdings.actions import assign_many
from kefen_crm.holdings.handover import most_held
from kefen_crm.holdings.limits import loads, weights_of
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.holdings.models import Transfer

How = Literal["even", "region"]
NAMED: Final = 10


@dataclass
class Part:
    """What one person would get; `weight` is of all that the person would hold then."""

    user: User
    most: int
    before: int
    weight: int
    customers: list[int] = field(default_factory=list)
    regions: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    money: Decimal = Decimal(0)

    @property
    def places(self) -> list[tuple[str, int]]:
        """The regions with how many customers, the largest first."""
        return sorted(self.regions.items(), key=lambda pair: -pair[1])


@dataclass(frozen=True)
class Shares:
    """Who would get how many; `left` can be taken by nobody within the limits."""

    parts: list[Part]
    left: int

    @property
    def count(self) -> int:
        return sum(len(one.customers) for one in self.parts)

    @property
    def digest(self) -> str:
        """What tells these shares from others after something changed."""
        told = ";".join(f"{one.user.pk}:{sorted(one.customers)}" for one in self.parts)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def without_owner(user: User) -> QuerySet[Customer]:
    """The current customers within reach whom nobody looks after, and that are in no pool."""
    found = changeable_by(user).filter(owner=None, pool_entry=None, standing__in=CURRENT)
    return found.order_by()


def receivers(user: User) -> QuerySet[User]:
    """Who may get customers: active salespeople and managers, and who asks."""
    sells = Q(service=False, role__in=("rep", "manager"))
    found = User.objects.filter(sells | Q(pk=user.pk), is_active=True)
    return found.order_by("-role", "first_name", "username")


def unknown_salespeople(user: User) -> list[tuple[str, int]]:
    """Names of salespeople in the facts that are nobody's here, and of how many customers."""
    rows = without_owner(user).exclude(owner_name="").values_list("owner_name")
    return list(rows.annotate(count=Count("pk")).order_by("-count", "owner_name")[:NAMED])


def shares(user: User, people: Sequence[User], how: How) -> Shares:
    """Share the customers whom nobody looks after.

    Each goes to whom has got fewest so far, the most valuable first; by region whole regions do,
    the largest first, and each person's limit holds.
    """
    before = loads([one.pk for one in people])
    parts = [Part(one, most_held(one), before[one.pk], before[one.pk]) for one in people]
    found = without_owner(user)
    weights = weights_of(found)
    rows = found.order_by(F("sales").desc(nulls_last=True), "code")
    groups: dict[str, list[tuple[int, str, Decimal | None]]] = defaultdict(list)
    for pk, region, province, sales in rows.values_list("pk", "region", "province", "sales"):
        place = region or province
        groups[place if how == "region" else ""].append((pk, place, sales))
    left = 0
    for group in sorted(groups.values(), key=len, reverse=True):
        one_of = min(parts, key=lambda part: len(part.customers), default=None)
        for pk, place, sales in group:
            weight = weights.get(pk, 1)
            able = [one for one in parts if not one.most or one.weight + weight <= one.most]
            chosen = (
                one_of
                if how == "region" and one_of in able
                else min(able, key=lambda part: (len(part.customers), part.money), default=None)
            )
            if chosen is None:
                left += 1
                continue
            chosen.customers.append(pk)
            chosen.regions[place or _("no region")] += 1
            chosen.weight += weight
            chosen.money += sales or 0
    return Shares(parts, left)


@transaction.atomic
def share(
    actor: User, people: Sequence[User], how: How, reason: str, *, expected: str = ""
) -> list[Transfer]:
    """Give the customers whom nobody looks after to people; each person's part can be undone.

    Raises:
        PermissionDenied: unless `actor` may assign customers.
        ValidationError: without anybody or anything to give, or where the shares are not those
            of the digest `expected` any more.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS)
    editing()
    found = shares(actor, people, how)
    if expected and expected != found.digest:
        raise ValidationError(_("Something changed since you looked. Look again."))
    if not found.count:
        raise ValidationError(_("There is nobody to give, or nobody who can take them."))
    return [
        assign_many(actor, one.customers, one.user, reason=reason)
        for one in found.parts
        if one.customers
    ]
