"""What playbooks promise, against the hours that people have for customers, month by month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Count, QuerySet
from django.utils import timezone

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.scopes import divided
from kefen_crm.platform.calendar import current
from kefen_crm.platform.registry import absences
from kefen_crm.platform.standing_words import said
from kefen_crm.playbooks.models import Staff
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kefen_crm.platform.calendar import Calendar
    from kefen_crm.playbooks.document import Playbook

MONTHS: Final = 12
WORKDAYS_A_WEEK: Final = 5
USUAL: Final = Staff()
"""What is assumed of people of whom nobody said anything."""


@dataclass(frozen=True)
class Promise:
    """What a playbook promises in all, a year.

    Attributes:
        hours, money: of all its customers; `money` is the budget.
        unowned: its customers that nobody looks after.
    """

    rule: Playbook
    customers: int
    hours: int
    money: int
    unowned: int


@dataclass(frozen=True)
class Month:
    """A month of a person, in hours."""

    first: date
    promised: float
    capacity: float

    @property
    def lacking(self) -> float:
        """The hours that are missing; 0 where they suffice."""
        return max(self.promised - self.capacity, 0.0)

    @property
    def load(self) -> int:
        """What is promised, in percent of what there is; at most 999."""
        if not self.capacity:
            return 999 if self.promised else 0
        return min(round(100 * self.promised / self.capacity), 999)


@dataclass(frozen=True)
class PersonLoad:
    """What a person is to do for the customers that they look after.

    Attributes:
        held: how many customers by playbook, in the order of the playbooks.
        assumed: nobody said how many hours this person has.
        over: playbooks of which this person has more customers than one may, with both numbers.
    """

    user: User
    customers: int
    held: tuple[tuple[str, int], ...]
    hours: int
    money: int
    months: tuple[Month, ...]
    ceiling: int
    assumed: bool
    over: tuple[tuple[str, int, int], ...]
    leaves: tuple[tuple[date, date], ...]

    @property
    def short(self) -> list[Month]:
        """The months whose hours do not suffice."""
        return [one for one in self.months if one.lacking > 0]

    @property
    def too_many(self) -> bool:
        """Whether this person has more customers than one may have in all."""
        return bool(self.ceiling) and self.customers > self.ceiling


@dataclass(frozen=True)
class Outlook:
    """What playbooks would take: by class, and by person and month."""

    promises: tuple[Promise, ...]
    people: tuple[PersonLoad, ...]
    population: int

    @property
    def customers(self) -> int:
        return sum(one.customers for one in self.promises)

    @property
    def hours(self) -> int:
        return sum(one.hours for one in self.promises)

    @property
    def money(self) -> int:
        return sum(one.money for one in self.promises)

    @property
    def unaffordable(self) -> list[PersonLoad]:
        """Those whose hours do not suffice, who lacks most first."""
        found = [one for one in self.people if one.short]
        return sorted(found, key=lambda one: -sum(month.lacking for month in one.short))


def outlook(
    rules: Sequence[Playbook],
    *,
    customers: QuerySet[Customer] | None = None,
    today: date | None = None,
) -> Outlook:
    """What these playbooks promise all current customers, or some, over the next twelve months."""
    calendar = current()
    today = today or calendar.today(timezone.now())
    everybody = Customer.objects.filter(standing__in=CURRENT) if customers is None else customers
    counts: dict[int, dict[int, int]] = defaultdict(dict)
    promises = []
    for number, (rule, held) in enumerate(divided(rules, everybody)):
        by_owner = dict(held.order_by().values_list("owner").annotate(n=Count("pk")))
        for owner, count in by_owner.items():
            if owner is not None:
                counts[owner][number] = count
        total = sum(by_owner.values())
        promises.append(
            Promise(rule, total, rule.hours * total, rule.budget * total, by_owner.get(None, 0))
        )
    return Outlook(
        tuple(promises), tuple(_people(rules, counts, calendar, today)), everybody.count()
    )


def months_from(today: date) -> list[date]:
    """The first days of the next twelve whole months.

    >>> months_from(date(2026, 11, 29))[:2]
    [datetime.date(2026, 12, 1), datetime.date(2027, 1, 1)]
    """
    found = []
    year, month = today.year, today.month
    for _number in range(MONTHS):
        year, month = (year + 1, 1) if month == MONTHS else (year, month + 1)
        found.append(date(year, month, 1))
    return found


def capacity_of(
    staff: Staff, leaves: Sequence[tuple[date, date]], first: date, calendar: Calendar
) -> float:
    """The hours for customers that a person has in the month that begins on a day."""
    last = _end_of(first)
    days = _workdays(calendar, first, last)
    away: set[date] = set()
    for begins, ends in leaves:
        day = max(begins, first)
        while day <= min(ends, last):
            if calendar.is_workday(day):
                away.add(day)
            day += timedelta(days=1)
    return (days - len(away)) * float(staff.hours_week) / WORKDAYS_A_WEEK * staff.share / 100


def year_of(users: Collection[int], today: date | None = None) -> dict[int, float]:
    """The hours for customers that people have in the next twelve months, by their ids."""
    calendar = current()
    today = today or calendar.today(timezone.now())
    staff = {one.user_id: one for one in Staff.objects.filter(user__in=users)}
    leaves: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for pk, begins, ends in absences(users, today):
        leaves[pk].append((begins, ends))
    firsts = months_from(today)
    return {
        pk: sum(capacity_of(staff.get(pk, USUAL), leaves[pk], first, calendar) for first in firsts)
        for pk in users
    }


def _people(
    rules: Sequence[Playbook],
    counts: dict[int, dict[int, int]],
    calendar: Calendar,
    today: date,
) -> list[PersonLoad]:
    users = User.objects.in_bulk(counts)
    staff = {one.user_id: one for one in Staff.objects.filter(user__in=counts)}
    leaves: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for pk, begins, ends in absences(counts, today):
        leaves[pk].append((begins, ends))
    firsts = months_from(today)
    workdays = [_workdays(calendar, first, _end_of(first)) for first in firsts]
    year = sum(workdays) or 1
    found = []
    for pk, by_rule in counts.items():
        hours = sum(rules[number].hours * count for number, count in by_rule.items())
        own = staff.get(pk, USUAL)
        found.append(
            PersonLoad(
                user=users[pk],
                customers=sum(by_rule.values()),
                held=tuple(
                    (said(rules[number].name), by_rule[number]) for number in sorted(by_rule)
                ),
                hours=hours,
                money=sum(rules[number].budget * count for number, count in by_rule.items()),
                months=tuple(
                    Month(first, hours * days / year, capacity_of(own, leaves[pk], first, calendar))
                    for first, days in zip(firsts, workdays, strict=True)
                ),
                ceiling=own.ceiling,
                assumed=pk not in staff,
                leaves=tuple(leaves[pk]),
                over=tuple(
                    (said(rules[number].name), count, rules[number].ceiling)
                    for number, count in sorted(by_rule.items())
                    if 0 < rules[number].ceiling < count
                ),
            )
        )
    return sorted(found, key=lambda one: (-one.hours, one.user.pk))


def _end_of(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _workdays(calendar: Calendar, first: date, last: date) -> int:
    day, count = first, 0
    while day <= last:
        count += calendar.is_workday(day)
        day += timedelta(days=1)
    return count
