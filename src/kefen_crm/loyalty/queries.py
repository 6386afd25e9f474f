"""Reads of the programme: members, what is owed to them, what expires, tiers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import visible_to
from kefen_crm.grading.scopes import divided
from kefen_crm.loyalty.accounting import usable
from kefen_crm.loyalty.models import Coupon, Lot, Member, Operation
from kefen_crm.loyalty.programme import tier_rules, worth_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet

    from kefen_crm.loyalty.programme import PointsRule
    from kefen_crm.team.models import User

SOON: Final = timedelta(days=30)


@dataclass(frozen=True)
class Owed:
    """Points that members have and that expire in a month, and what they are worth.

    Attributes:
        month: its first day; None for points that do not expire.
    """

    month: date | None
    points: int
    worth: Decimal


@dataclass(frozen=True)
class OfTier:
    """The members of a tier, and the points that they have."""

    name: str
    members: int
    points: int
    falling: int


@dataclass(frozen=True)
class Balance:
    """What a member has on a day.

    Attributes:
        available: what can be spent; `points` less what is owed and what has passed.
        expiring: points of it that expire within 30 days.
        next_expiry: the day on which the next points expire, and how many those are.
    """

    points: int
    available: int
    debt: int
    worth: Decimal
    expiring: int
    next_expiry: tuple[date, int] | None


def members_for(user: User) -> QuerySet[Member]:
    """The members whom `user` may see, those left out who left."""
    found = Member.objects.filter(customer__in=visible_to(user), left=None)
    return found.select_related("customer")


def operations_for(user: User) -> QuerySet[Operation]:
    """The changes of their points, the newest first."""
    found = Operation.objects.filter(member__customer__in=visible_to(user))
    return found.select_related("member__customer", "by")


def coupons_for(user: User) -> QuerySet[Coupon]:
    """Their coupons, the newest first."""
    found = Coupon.objects.filter(member__customer__in=visible_to(user))
    return found.select_related("member__customer", "operation")


def balance(member: Member, rule: PointsRule | None, day: date) -> Balance:
    """What a member has on a day, by the rule that holds for it."""
    lots = usable(member, day)
    points = sum(one.left for one in lots)
    there = max(0, points - member.debt)
    days = [one for one in lots if one.expires]
    soon = sum(one.left for one in days if one.expires and one.expires <= day + SOON)
    first = days[0].expires if days else None
    following = sum(one.left for one in days if one.expires == first)
    return Balance(
        points=points,
        available=there,
        debt=member.debt,
        worth=worth_of(there, rule),
        expiring=min(soon, there),
        next_expiry=(first, following) if first else None,
    )


def liability(members: QuerySet[Member], found: Sequence[PointsRule]) -> list[Owed]:
    """What members have, by the month in which it expires: points × what a point is worth."""
    lots = Lot.objects.filter(left__gt=0, member__in=members.order_by().values("pk"))
    points: dict[date | None, int] = defaultdict(int)
    worth: dict[date | None, Decimal] = defaultdict(Decimal)
    for rule, of_rule in _by_worth(lots, found):
        rows = of_rule.order_by().annotate(month=TruncMonth("expires")).values("month")
        for month, sum_ in rows.annotate(sum=Sum("left")).values_list("month", "sum"):
            points[month] += sum_
            worth[month] += worth_of(sum_, rule)
    order = sorted(points, key=lambda month: (month is None, month or 0))
    return [Owed(month, points[month], worth[month]) for month in order]


def _by_worth(
    lots: QuerySet[Lot], found: Sequence[PointsRule]
) -> list[tuple[PointsRule | None, QuerySet[Lot]]]:
    """Lots by the rule that says what they are worth; one query where all say the same."""
    whole = bool(found) and not found[-1].scope.model_dump(exclude_defaults=True)
    if not found or (whole and len({one.cents for one in found}) == 1):
        return [(found[0] if found else None, lots)]
    parts: list[tuple[PointsRule | None, QuerySet[Lot]]] = []
    covered = Q()
    for rule, customers in divided(found, Customer.objects.all()):
        of_rule = Q(member__customer__in=customers.order_by().values("pk"))
        parts.append((rule, lots.filter(of_rule)))
        covered |= of_rule
    return [*parts, (None, lots.exclude(covered))]


def tiers(members: QuerySet[Member]) -> list[OfTier]:
    """Members by tier, the best first, those in none last."""
    rows = (
        members.order_by()
        .values_list("tier")
        .annotate(count=Count("pk"), sum=Sum("points"), falling=Count("noticed"))
    )
    found = {tier: OfTier(tier, count, sum_ or 0, falling) for tier, count, sum_, falling in rows}
    names = [one.name for one in tier_rules()]
    order = [*names, *sorted(name for name in found if name and name not in names), ""]
    return [
        found.get(name, OfTier(name, 0, 0, 0)) for name in order if name in names or name in found
    ]


def totals(members: QuerySet[Member]) -> dict[str, Any]:
    """How many members there are, the points they have and those they owe."""
    return members.order_by().aggregate(
        active=Count("pk", filter=Q(points__gt=0)),
        members=Count("pk"),
        debt=Sum("debt"),
        points=Sum("points"),
    )
