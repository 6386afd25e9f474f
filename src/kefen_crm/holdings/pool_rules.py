"""The rules of pools: after how many working days without contact or order a customer falls.

A condition counts from the latest of the day the customer is held since, the event itself and the
day the customer was brought; who has no such event never falls by it unless the rule says so. Days
on which the owner is away are not counted, nor days off.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext_noop, ngettext
from pydantic import Field

from kefen_crm.activities.models import Activity
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.debts import overdue_customers
from kefen_crm.gateway.interactions import last_contacts
from kefen_crm.grading.scopes import divided
from kefen_crm.holdings.models import Falling, Holding, Leave, Spared
from kefen_crm.platform.calendar import current
from kefen_crm.platform.registry import declared
from kefen_crm.platform.scoped_rules import ScopedRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from kefen_crm.platform.calendar import Calendar

POOL_RULES = "pool_rules"
WARNED = "pool_rules.warned"
MARKS = (7, 3)
"""Working days before a customer falls on which its owner is warned."""
FIRST_DAYS = timedelta(days=30)
"""Of use, in which nothing falls."""
DAY = timedelta(days=1)
CONTACT, ORDER, CONTRACT = Falling.Condition.values


class PoolRule(ScopedRule):
    """Customers of the scope fall into the pool; one that asks for nothing keeps them out of it."""

    without_contact: int = Field(
        default=0,
        ge=0,
        le=2_500,
        title=gettext_noop("Working days without contact"),
        description=gettext_noop("0: it does not matter. The first condition that is met counts."),
    )
    without_order: int = Field(
        default=0, ge=0, le=2_500, title=gettext_noop("Working days without order")
    )
    after_contract: int = Field(
        default=0, ge=0, le=2_500, title=gettext_noop("Working days after the contract's end")
    )
    contract_field: str = Field(
        default="",
        max_length=80,
        title=gettext_noop("Column with the contract's end"),
        description=gettext_noop("As the customers' files call it. No customer falls before it."),
    )
    also_never: bool = Field(
        default=False,
        title=gettext_noop("Also who never had any, counted from the day they are held"),
    )


@dataclass(frozen=True)
class Candidate:
    """A customer that a rule takes in `left` working days; by now where that is not above 0.

    Attributes:
        condition: what the rule counts, `since` from which day, `days` working days so far.
    """

    pk: int
    code: str
    name: str
    owner: int
    sales: Decimal | None
    rule: PoolRule
    condition: str
    since: date
    days: int
    left: int

    @property
    def target(self) -> str:
        """The customer as the clock's effects name it."""
        return f"customer:{self.pk}"

    @property
    def occurrence(self) -> str:
        """What tells this time from another."""
        return f"{self.condition}:{self.since}"

    def warning(self, mark: int) -> str:
        """What tells this warning from others."""
        return f"{self.occurrence}:{mark}"

    @property
    def text(self) -> str:
        """Why, in words."""
        return why(self.condition, self.days, self.since)


def why(condition: str, days: int, since: date | str) -> str:
    """Why a customer falls, in words."""
    told = {"count": days, "day": str(since)}
    if condition == CONTACT:
        text = ngettext(
            "%(count)s working day without contact since %(day)s",
            "%(count)s working days without contact since %(day)s",
            days,
        )
    elif condition == ORDER:
        text = ngettext(
            "%(count)s working day without order since %(day)s",
            "%(count)s working days without order since %(day)s",
            days,
        )
    else:
        text = ngettext(
            "%(count)s working day after the contract's end, counted from %(day)s",
            "%(count)s working days after the contract's end, counted from %(day)s",
            days,
        )
    return text % told


@dataclass(frozen=True)
class Outlook:
    """What rules come to on a night.

    Attributes:
        candidates: who falls then or within the first mark, the longest neglected first.
        excused: how many of them stay, by why: `overdue`, `leave`, `spared`, or the key of an
            exemption that another app declares.
        counts: for each rule its name, whom it holds for, and whom it would take.
        begins: the first night of all, where the first days of use are not over.
    """

    candidates: list[Candidate] = field(default_factory=list)
    excused: Counter[str] = field(default_factory=Counter)
    counts: list[tuple[str, int, int]] = field(default_factory=list)
    begins: date | None = None


class Workdays:
    """Working days counted once, then asked for many spans."""

    def __init__(self, calendar: Calendar, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.upto = [0]
        for n in range((last - first).days + 1):
            self.upto.append(self.upto[-1] + calendar.is_workday(first + DAY * n))

    def between(self, after: date, upto: date) -> int:
        """Those after one day up to and with another; 0 backwards."""
        upto = min(upto, self.last)
        if upto <= after:
            return 0
        return self._until(upto) - self._until(after)

    def _until(self, day: date) -> int:
        return self.upto[max((day - self.first).days + 1, 0)]


def outlook(rules: Sequence[PoolRule], night: date, customers: QuerySet[Customer]) -> Outlook:
    """Whom rules take in the night before a day dawns, and whom soon after.

    Args:
        night: the day that dawns; the day before is the last that counts.
        customers: of `held`.
    """
    begun = Holding.objects.aggregate(first=Min("since"))["first"]
    if begun is None or night < timezone.localdate(begun) + FIRST_DAYS:
        begins = timezone.localdate(begun) + FIRST_DAYS if begun else night + FIRST_DAYS
        return Outlook(begins=begins)
    counted = Workdays(current(), timezone.localdate(begun), night - DAY)
    away, near, counts = _away(), [], []
    for rule, of_rule in divided(rules, customers):
        these = _candidates(rule, of_rule, night, counted, away)
        falling = sum(one.left <= 0 for one in these)
        counts.append((rule.name, of_rule.order_by().count(), falling))
        near += these
    stay, excused = _not_excused(near, night, away)
    stay.sort(key=lambda one: (one.left, one.since, one.code))
    return Outlook(stay, excused, counts)


def _candidates(
    rule: PoolRule,
    customers: QuerySet[Customer],
    night: date,
    counted: Workdays,
    away: dict[int, list[tuple[date, date]]],
) -> list[Candidate]:
    """Those of a rule who fall within the first mark, each by the condition that is met first."""
    if not (rule.without_contact or rule.without_order or rule.after_contract):
        return []
    rows = list(
        customers.filter(holdings__until=None)
        .order_by()
        .values_list(
            "pk", "code", "name", "owner", "sales", "created", "holdings__since",
            "last_order_on", "attributes",
        )
    )  # fmt: skip
    spoken = _spoken(rows) if rule.without_contact else {}
    found = []
    for pk, code, name, owner, sales, created, since, ordered, attributes in rows:
        base = max(timezone.localdate(since), timezone.localdate(created))
        contract = _day(attributes.get(rule.contract_field)) if rule.contract_field else None
        if contract is not None and contract >= night:
            continue
        met = []
        for condition, allowed, event in (
            (CONTACT, rule.without_contact, spoken.get(code)),
            (ORDER, rule.without_order, ordered),
            (CONTRACT, rule.after_contract, contract),
        ):
            if not allowed or (event is None and not (rule.also_never and condition != CONTRACT)):
                continue
            start = max(base, event) if event else base
            days = counted.between(start, counted.last)
            left = allowed - days + _gone(away.get(owner, ()), start, counted)
            if left <= MARKS[0]:
                met.append((left, start, condition, days))
        if met:
            left, start, condition, days = min(met)
            found.append(
                Candidate(pk, code, name, owner, sales, rule, condition, start, days, left)
            )
    return found


def _spoken(rows: Iterable[tuple[Any, ...]]) -> dict[str, date]:
    """The day of the last contact by code: of the ledger, and those just noted on the site."""
    codes = {row[0]: row[1] for row in rows}
    found = last_contacts(list(codes.values()))
    noted = Activity.objects.filter(real=True).order_by().values("customer")
    for pk, at in noted.annotate(last=Max("at")).values_list("customer", "last"):
        if code := codes.get(pk):
            day = timezone.localdate(at)
            found[code] = max(day, found.get(code, day))
    return found


def _gone(leaves: Iterable[tuple[date, date]], start: date, counted: Workdays) -> int:
    """The working days after `start` on which an owner was away."""
    return sum(
        counted.between(max(start, first - DAY), min(last, counted.last)) for first, last in leaves
    )


def _away() -> dict[int, list[tuple[date, date]]]:
    found: dict[int, list[tuple[date, date]]] = {}
    for user, first, last in Leave.objects.order_by("user", "first", "last").values_list(
        "user", "first", "last"
    ):
        spans = found.setdefault(user, [])
        if spans and first <= spans[-1][1]:  # two that overlap count once
            first = spans[-1][1] + DAY
        if first <= last:
            spans.append((first, last))
    return found


def _not_excused(
    near: Sequence[Candidate], night: date, away: dict[int, list[tuple[date, date]]]
) -> tuple[list[Candidate], Counter[str]]:
    """Those whom nothing exempts, and how many are exempt by why; who is spared falls later."""
    excused: Counter[str] = Counter()
    if not near:
        return [], excused
    spared = Spared.objects.filter(until__gte=night)
    everybody = spared.filter(customer=None).exists()
    ones = set(spared.exclude(customer=None).values_list("customer", flat=True))
    late = overdue_customers(night)
    busy = {pk: one.key for one in declared("pool_exemptions") for pk in one.customers(night)}
    stay = []
    for one in near:
        if one.code in late:
            excused["overdue"] += 1
        elif one.pk in busy:
            excused[busy[one.pk]] += 1
        elif any(first <= night <= last for first, last in away.get(one.owner, ())):
            excused["leave"] += 1
        elif one.left <= 0 and (everybody or one.pk in ones):
            excused["spared"] += 1
            stay.append(replace(one, left=1))
        else:
            stay.append(one)
    return stay, excused


def _day(value: Any) -> date | None:
    """A day as a file had it: 2026-01-31, 2026/1/31, or with a time of day."""
    parts = str(value or "").strip().replace("/", "-").replace(".", "-")[:10].split("-")
    try:
        year, month, day = (int(part.split(" ")[0].split("T")[0]) for part in parts)
        return date(year, month, day)
    except ValueError:
        return None
