"""Customers from before: who becomes a member when a programme begins, and with what points."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Sum

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway.loyalty import sold_since
from kefen_crm.grading.scopes import divided
from kefen_crm.loyalty.models import Award, Member
from kefen_crm.loyalty.programme import named, points_for, rate_of, tier_rules, worth_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from kefen_crm.loyalty.programme import PointsRule

BATCH: Final = 2_000


@dataclass(frozen=True)
class Outlook:
    """What putting rules in force makes at once.

    Attributes:
        joining: customers from before who become members at once.
        by_orders: those who become members by an order of since the rules' day.
        waiting: those who become members by their next order only.
        points, worth: what orders of since the rules' day, which gave none yet, give about.
    """

    joining: int
    by_orders: int
    waiting: int
    points: int
    worth: Decimal


def enrol(found: Sequence[PointsRule], day: date) -> int:
    """Make customers from before members of a day, where their rule says so; gives how many."""
    keys = [
        pk
        for rule, of_rule in divided(found, _current())
        if rule.at_once
        for pk in _strangers(of_rule).values_list("pk", flat=True)
    ]
    Member.objects.bulk_create(
        (Member(customer_id=pk, joined=day) for pk in keys),
        ignore_conflicts=True,
        batch_size=BATCH,
    )
    return len(keys)


def outlook(found: Sequence[PointsRule]) -> Outlook:
    """What putting rules in force would make at once, of the facts as they are."""
    joining = by_orders = waiting = points = 0
    worth, tiers = Decimal(0), tier_rules()
    amounts = {since: _unawarded(since) for since in {one.since for one in found}}
    for rule, of_rule in divided(found, _current()):
        bought = amounts[rule.since]
        members = dict(
            Member.objects.filter(customer__in=of_rule.order_by().values("pk"), left=None)
            .values_list("customer__code", "tier")
        )  # fmt: skip
        before = set(_strangers(of_rule).values_list("code", flat=True))
        now = before & bought.keys() if rule.automatic else set()
        if rule.at_once:
            joining += len(before)
        else:
            by_orders += len(now)
            waiting += len(before - now) if rule.automatic else 0
        earning = members | dict.fromkeys(before if rule.at_once else now, "")
        given = sum(
            points_for(bought[code], rate_of(rule, named(tiers, tier)))
            for code, tier in earning.items()
            if bought.get(code, 0) > 0
        )
        points, worth = points + given, worth + worth_of(given, rule)
    return Outlook(joining, by_orders, waiting, points, worth)


def _current() -> QuerySet[Customer]:
    return Customer.objects.filter(standing__in=CURRENT)


def _strangers(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Those who have ordered and never were members."""
    return customers.filter(first_order_on__isnull=False, loyalty_member=None).order_by()


def _unawarded(since: date) -> dict[str, Decimal]:
    """What customers bought since a day and gave them no points yet, by their codes."""
    rows: Iterable[Any] = (
        Award.objects.filter(on__gte=since, document__startswith="order:")
        .order_by()
        .values_list("member__customer__code")
        .annotate(amount=Sum("amount"))
    )
    gave = {code: amount or Decimal(0) for code, amount in rows}
    return {code: amount - gave.get(code, 0) for code, amount in sold_since(since).items()}
