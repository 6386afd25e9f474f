"""Whether fewer tickets come of a cause since something was changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Final

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from kefen_crm.customers.queries import sees_all, visible_to
from kefen_crm.gateway.order_counts import orders_by_day
from kefen_crm.platform.calendar import current
from kefen_crm.platform.rates import Verdict, verdict
from kefen_crm.tickets.cause_models import CauseChange
from kefen_crm.tickets.models import Ticket
from kefen_crm.tickets.queries import tickets_for

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.team.models import User

SPAN: Final = timedelta(days=183)
"""How long before and after a change is looked at, at most; another change ends it."""


@dataclass(frozen=True)
class Period:
    """Tickets of a cause from `first` until before `end`.

    Attributes:
        orders: those of the customers in reach; None where no order is known.
    """

    first: date
    end: date
    tickets: int
    orders: int | None

    @property
    def rate(self) -> float | None:
        """Tickets for each 100 orders."""
        return 100 * self.tickets / self.orders if self.orders else None


@dataclass(frozen=True)
class CauseEffect:
    """What came of a change.

    Attributes:
        months: by calendar month, of both times; the later ones of a month that has both come next.
        by_orders: rates are for orders; else for days.
        unsolved: complaints since the change whose cause is not known yet.
    """

    change: CauseChange
    before: Period
    after: Period
    months: tuple[tuple[Period, bool], ...]
    by_orders: bool
    unsolved: int
    verdict: Verdict


def effects(user: User, cause: str) -> list[CauseEffect]:
    """What came of each change about a cause, the newest first, in the tickets in reach."""
    changes = list(CauseChange.objects.filter(cause=cause).select_related("by"))
    if not changes:
        return []
    tomorrow = current().today(timezone.now()) + timedelta(days=1)
    tickets = _by_day(user, cause)
    codes = None if sees_all(user) else list(visible_to(user).values_list("code", flat=True))
    orders = orders_by_day(changes[-1].since - SPAN, tomorrow, codes)
    days = sorted({one.since for one in changes})
    found = []
    for one in changes:
        place = days.index(one.since)
        first = max(one.since - SPAN, days[place - 1] if place else one.since - SPAN)
        end = min(one.since + SPAN, tomorrow, *days[place + 1 : place + 2])
        found.append(_effect(user, one, (first, end), tickets, orders))
    return found


def _effect(
    user: User,
    change: CauseChange,
    bounds: tuple[date, date],
    tickets: Counter[date],
    orders: Counter[date],
) -> CauseEffect:
    first, end = bounds
    before = _period(first, change.since, tickets, orders)
    after = _period(change.since, end, tickets, orders)
    by_orders = bool(before.orders and after.orders)
    open_ones, likely = _unsolved(user, change, before, end)
    exposures = [
        (one.orders or 0) if by_orders else (one.end - one.first).days for one in (before, after)
    ]
    share = exposures[1] / sum(exposures) if sum(exposures) else 0.0
    said = verdict(before.tickets, after.tickets, share)
    if said == "fewer" and verdict(before.tickets, after.tickets + likely, share) != "fewer":
        said = "no-change"
    months = [(one, False) for one in _months(first, change.since, tickets, orders)]
    months += [(one, True) for one in _months(change.since, end, tickets, orders)]
    return CauseEffect(change, before, after, tuple(months), by_orders, open_ones, said)


def _unsolved(user: User, change: CauseChange, before: Period, end: date) -> tuple[int, int]:
    """Complaints since a change without a cause yet, and how many of them are likely of this one.

    Likely as of those before the change; who solves a complaint says its cause, so the newest
    have none.
    """
    known = tickets_for(user).filter(kind=Ticket.Kind.COMPLAINT)
    later = known.filter(opened_at__date__gte=change.since, opened_at__date__lt=end, cause="")
    count = later.exclude(state=Ticket.State.SOLVED).count()
    told = known.filter(opened_at__date__gte=before.first, opened_at__date__lt=before.end)
    causes = told.exclude(cause="").count()
    return count, ceil(count * min(1.0, before.tickets / causes)) if causes else 0


def _by_day(user: User, cause: str) -> Counter[date]:
    rows = (
        tickets_for(user)
        .filter(cause=cause)
        .order_by()
        .values_list(TruncDate("opened_at"))
        .annotate(count=Count("pk"))
    )
    return Counter(dict(rows))


def _period(first: date, end: date, tickets: Counter[date], orders: Counter[date]) -> Period:
    came, bought = (
        sum(count for day, count in of.items() if first <= day < end) for of in (tickets, orders)
    )
    return Period(first, end, came, bought or None)


def _months(first: date, end: date, tickets: Counter[date], orders: Counter[date]) -> list[Period]:
    found = []
    while first < end:
        after = min(end, (first.replace(day=1) + timedelta(days=32)).replace(day=1))
        found.append(_period(first, after, tickets, orders))
        first = after
    return found
