"""Which occasions of customers come when: birthdays, holidays, anniversaries, news and silence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from kefen_crm.care import document as rule_words
from kefen_crm.care.lunar import LunarDay, lunar_of, months, observed_on
from kefen_crm.contacts.models import Contact
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.category_purchases import buyers_of, first_purchases
from kefen_crm.grading.scopes import divided
from kefen_crm.platform.calendar import current

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from kefen_crm.care.document import CareRule
    from kefen_crm.platform.calendar import Calendar

REST: Final = 365
"""Days without a purchase of a category after which one counts as the first again."""
LONGEST_HOLIDAY: Final = 16
"""More days than there are ever off in a row."""
LEAP_DAY: Final = (2, 29)


@dataclass(frozen=True)
class Occasion:
    """An occasion of a customer that a rule is for.

    Attributes:
        day: when it is; `due`: when something is made for it.
        mark: whose it is, and what tells this time from others.
        told: what is said of it.
    """

    rule: CareRule
    customer: int
    contact: int | None
    day: date
    due: date
    mark: str
    told: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        return f"{self.rule.slot}/{self.mark}"


def find(
    rules: Sequence[CareRule], first: date, last: date, customers: QuerySet[Customer]
) -> list[Occasion]:
    """The occasions of customers for which something is made from a day to another.

    Of the rules about the same, the first that fits a customer holds.
    """
    slots: dict[str, list[CareRule]] = defaultdict(list)
    for one in rules:
        slots[one.slot].append(one)
    calendar = current()
    found: list[Occasion] = []
    for of_slot in slots.values():
        for rule, fitting in divided(of_slot, customers):
            days = due_days(rule, first, last, calendar)
            if days:
                found += _FINDERS[rule.occasion](rule, days, fitting)
    return found


def due_days(rule: CareRule, first: date, last: date, calendar: Calendar) -> dict[date, date]:
    """The days whose occasions are due from a day to another, each with the day they are due.

    A task is due on a working day: the last one up to the day that the rule says.
    """
    found = {}
    span = (last - first).days + (LONGEST_HOLIDAY if rule.by_hand else 0)
    for n in range(span + 1):
        said = first + timedelta(days=n)
        off = rule.by_hand and not calendar.is_workday(said)
        due = calendar.previous_workday(said) if off else said
        if first <= due <= last:
            found[said + timedelta(days=rule.lead_days)] = due
    return found


@lru_cache(maxsize=128)
def holiday(name: str, year: int) -> date:
    """The day of a holiday in a year."""
    if name in _LUNAR:
        month, day = _LUNAR[name]
        return observed_on(LunarDay(year, month, day), year)
    if name in _TERMS:
        term, month, days = _TERMS[name]
        solar = import_module("lunar_python").Solar
        return next(
            date(year, month, day)
            for day in days
            if solar.fromYmd(year, month, day).getLunar().getJieQi() == term
        )
    month, day = _FIXED[name]
    return date(year, month, day)


def yearly(born: date, year: int) -> date:
    """The day of a year on which a day of another is kept; 29 February on 28 where there is none.

    >>> yearly(date(2000, 2, 29), 2027), yearly(date(2000, 2, 29), 2028)
    (datetime.date(2027, 2, 28), datetime.date(2028, 2, 29))
    """
    if (born.month, born.day) == LEAP_DAY:
        return date(year, 3, 1) - timedelta(days=1)
    return born.replace(year=year)


_LUNAR: Final = {
    "spring_festival": (1, 1),
    "lantern": (1, 15),
    "dragon_boat": (5, 5),
    "mid_autumn": (8, 15),
    "double_ninth": (9, 9),
}
_TERMS: Final = {"qingming": ("清明", 4, (4, 5, 6)), "winter_solstice": ("冬至", 12, (21, 22, 23))}
_FIXED: Final = {
    "new_year": (1, 1),
    "women": (3, 8),
    "labour": (5, 1),
    "teachers": (9, 10),
    "national": (10, 1),
    "christmas": (12, 25),
}


def _birthdays(
    rule: CareRule, days: Mapping[date, date], customers: QuerySet[Customer]
) -> Iterator[Occasion]:
    people = Contact.objects.filter(
        customer__in=customers, left_on=None, birthday__isnull=False
    ).order_by("pk")
    fields = ("pk", "customer", "name", "birthday")
    solar = people.filter(_on_one_of(days), birthday_calendar=Contact.Calendar.SOLAR)
    for pk, customer, name, born in solar.values_list(*fields):
        for day in _years_of(born, days):
            told = {"contact": name, "day": day.isoformat(), "lunar": False}
            yield Occasion(rule, customer, pk, day, days[day], f"contact:{pk}/{day.year}", told)
    lunar = people.filter(birthday_calendar=Contact.Calendar.LUNAR)
    years = sorted({day.year + n for day in days for n in (-1, 0)})
    kept = {one: {observed_on(one, year): year for year in years} for one in _lunar_days_near(days)}
    for pk, customer, name, born in lunar.values_list(*fields):
        own = lunar_of(born)
        for day, year in kept.get(own._replace(year=0), {}).items() if own else ():
            if day in days and day > born:
                told = {"contact": name, "day": day.isoformat(), "lunar": True}
                yield Occasion(rule, customer, pk, day, days[day], f"contact:{pk}/L{year}", told)


def _lunar_days_near(days: Iterable[date]) -> set[LunarDay]:
    """Every lunar day of birth, without its year, that may be kept on one of these days."""
    found = set()
    for day in days:
        own = lunar_of(day)
        if own is None:
            continue
        last = next(one for one in reversed(months(own.year)) if one.first <= day)
        numbers = {own.day} | ({own.day + 1} if own.day == last.days else set())
        found |= {LunarDay(0, own.month, n, leap) for n in numbers for leap in (False, True)}
    return found


def _on_one_of(days: Iterable[date], name: str = "birthday") -> Q:
    """That the month and the day of a field are of one of these days."""
    found = Q()
    for month, day in sorted({pair for one in days for pair in _dates_kept_on(one)}):
        found |= Q(**{f"{name}__month": month, f"{name}__day": day})
    return found


def _dates_kept_on(day: date) -> list[tuple[int, int]]:
    own = [(day.month, day.day)]
    return [*own, LEAP_DAY] if yearly(date(2000, *LEAP_DAY), day.year) == day else own


def _years_of(born: date, days: Mapping[date, date]) -> list[date]:
    """Those of the days on which a day of another year is kept."""
    years = {day.year for day in days if day.year > born.year}
    return [day for year in sorted(years) if (day := yearly(born, year)) in days]


def _holidays(
    rule: CareRule, days: Mapping[date, date], customers: QuerySet[Customer]
) -> Iterator[Occasion]:
    for year in sorted({day.year for day in days}):
        day = holiday(rule.holiday, year)
        if day in days:
            for pk in customers.order_by("pk").values_list("pk", flat=True):
                yield Occasion(rule, pk, None, day, days[day], f"customer:{pk}/{year}")


def _anniversaries(
    rule: CareRule, days: Mapping[date, date], customers: QuerySet[Customer]
) -> Iterator[Occasion]:
    first = customers.filter(_on_one_of(days, "first_order_on")).order_by("pk")
    for pk, since in first.values_list("pk", "first_order_on"):
        assert since is not None  # of such a day
        for day in _years_of(since, days):
            years = day.year - since.year
            if years % rule.every_years == 0:
                yield Occasion(
                    rule, pk, None, day, days[day], f"customer:{pk}/{day.year}", {"years": years}
                )


def _news(
    rule: CareRule, days: Mapping[date, date], customers: QuerySet[Customer]
) -> Iterator[Occasion]:
    day = date.fromisoformat(rule.launched)
    if day not in days:
        return
    if rule.category:
        bought = buyers_of(rule.category, day - timedelta(days=REST), day + timedelta(days=1))
        customers = customers.filter(code__in=bought)
    for pk in customers.order_by("pk").values_list("pk", flat=True):
        yield Occasion(rule, pk, None, day, days[day], f"customer:{pk}/{rule.launched}")


def _purchases(
    rule: CareRule, days: Mapping[date, date], customers: QuerySet[Customer]
) -> Iterator[Occasion]:
    after = timedelta(days=rule.after_days)
    bought = dict(first_purchases(rule.category, [day - after for day in days], REST))
    for pk, code in customers.filter(code__in=bought).order_by("pk").values_list("pk", "code"):
        on = bought[code]
        told = {"category": rule.category, "day": on.isoformat()}
        yield Occasion(rule, pk, None, on + after, days[on + after], f"customer:{pk}/{on}", told)


def _silence(
    rule: CareRule, days: Mapping[date, date], customers: QuerySet[Customer]
) -> Iterator[Occasion]:
    after = timedelta(days=rule.after_days)
    silent = customers.filter(last_order_on__in=[day - after for day in days]).order_by("pk")
    for pk, on in silent.values_list("pk", "last_order_on"):
        assert on is not None  # of such a day
        told = {"days": rule.after_days, "day": on.isoformat()}
        yield Occasion(rule, pk, None, on + after, days[on + after], f"customer:{pk}/{on}", told)


_FINDERS: Final = {
    rule_words.BIRTHDAY: _birthdays,
    rule_words.HOLIDAY: _holidays,
    rule_words.ANNIVERSARY: _anniversaries,
    rule_words.NEW_PRODUCT: _news,
    rule_words.AFTER_PURCHASE: _purchases,
    rule_words.SILENT: _silence,
}
