"""Reads of the receivables: by age and by class, owner or region; what comes in by week."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Greatest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.queries import about_visible, some_who_sees_all
from kefen_crm.grading.queries import BESIDE
from kefen_crm.platform.remembered import remembered
from kefen_crm.receivables.models import Dispute, OpenInvoice, Promise, Refreshed
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from kefen_crm.grading.models import Scheme

LIMITS: Final = (30, 60, 90)
"""Days late at which one bucket ends and the next begins, unless others are asked for."""
MOST_LIMITS: Final = 6
LONGEST: Final = 3_650
WEEKS: Final = 8
NO_DUE_DATE, NOT_DUE = "none", "due"
USUAL_DAYS: Final = 7
"""Days until which a promise is offered to be noted."""
PROMISE_STATES: Final = tuple(
    (one.value, one.label) for one in (Promise.State.OPEN, Promise.State.BROKEN, Promise.State.KEPT)
)
"""The states of promises that are listed, those to be looked after first."""
NOBODY: Final = "-"
"""What stands for no owner, no region, no class in an address."""


Sums = list[tuple[str | int | None, int, int, Decimal]]
Expected = list[tuple[date | None, Decimal]]


@dataclass(frozen=True)
class Bucket:
    """Invoices late by some days; `late` tells that they are late at all."""

    key: str
    title: str
    condition: Q
    late: bool = True


@dataclass(frozen=True)
class Row:
    """What a group owes by bucket, in all, late, and in dispute; money in the base currency."""

    key: str
    title: str
    invoices: int
    cells: Sequence[Decimal]
    total: Decimal
    overdue: Decimal
    disputed: Decimal

    @property
    def share(self) -> float:
        """The part of the total that is late, 0 to 1."""
        return float(self.overdue / self.total) if self.total else 0.0


@dataclass(frozen=True)
class Ageing:
    """The groups, most money first, with their sum."""

    buckets: Sequence[Bucket]
    rows: Sequence[Row]
    total: Row


@dataclass
class Week:
    """What is expected within a week: what was promised, and what comes by each payer's habit.

    `title` stands in for the days where there are none.
    """

    start: date | None
    title: str = ""
    promised: Decimal = field(default=Decimal(0))
    usual: Decimal = field(default=Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.promised + self.usual


def state() -> Refreshed | None:
    """Of which facts and which day the receivables are; None before the first look."""
    return Refreshed.objects.first()


def limits_of(text: str) -> tuple[int, ...]:
    """The days of `30,60,90`, rising; those of `LIMITS` where it is empty or makes no sense."""
    words = text.replace("，", ",").split(",")
    if not all(word.strip().isdecimal() and len(word.strip()) <= 4 for word in words):
        return LIMITS
    days = sorted({int(word) for word in words})
    sound = days and days[0] > 0 and days[-1] <= LONGEST and len(days) <= MOST_LIMITS
    return tuple(days) if sound else LIMITS


def buckets(limits: Sequence[int], day: date) -> list[Bucket]:
    """The buckets on a day: no due date, not due, and late by up to each limit and beyond."""
    found = [
        Bucket(NO_DUE_DATE, _("No due date"), Q(due_on=None), late=False),
        Bucket(NOT_DUE, _("Not due"), Q(due_on__gte=day), late=False),
    ]
    first = 1
    for last in limits:
        late = Q(due_on__lte=day - timedelta(first), due_on__gte=day - timedelta(last))
        title = _("%(first)s–%(last)s days") % {"first": first, "last": last}
        found.append(Bucket(f"{first}-{last}", title, late))
        first = last + 1
    beyond = Q(due_on__lte=day - timedelta(first))
    title = ngettext("over %(days)s day", "over %(days)s days", first - 1) % {"days": first - 1}
    return [*found, Bucket(f"{first}-", title, beyond)]


def invoices_for(user: User) -> QuerySet[OpenInvoice]:
    """The open invoices of the customers that `user` may see."""
    return OpenInvoice.objects.filter(about_visible(user))


def in_dispute() -> Exists:
    """Whether an open invoice is in dispute."""
    same = Dispute.objects.filter(
        customer=OuterRef("customer"), number=OuterRef("number"), state=Dispute.State.OPEN
    )
    return Exists(same)


def grouped(invoices: QuerySet[OpenInvoice], by: str, scheme: Scheme | None) -> QuerySet[Any]:
    """Invoices with `group`: the class in `scheme`, the owner's number, or the region."""
    if by == "class":
        # Joined, and not asked for each: with many invoices that is several times as quick.
        graded = FilteredRelation(
            "customer__classes", condition=Q(customer__classes__scheme=scheme)
        )
        return invoices.annotate(graded=graded, group=F("graded__class_key"))
    return invoices.annotate(group=F("customer__owner" if by == "owner" else "customer__region"))


def ageing(
    invoices: QuerySet[OpenInvoice],
    by: str,
    scheme: Scheme | None,
    found: Sequence[Bucket],
) -> Ageing:
    """What is owed by group and bucket."""
    sums = remembered_sums(invoices, by, scheme, found)
    contested = dict(
        grouped(invoices.filter(in_dispute()), by, scheme)
        .order_by().values("group").annotate(sum=Sum("open")).values_list("group", "sum")
    )  # fmt: skip
    told: dict[Any, dict[str, Any]] = {}
    for group, at, count, amount in sums:
        one = told.setdefault(
            group, {"group": group, "invoices": 0, "cells": [Decimal(0)] * len(found)}
        )
        one["invoices"] += count
        one["cells"][at] = amount
    titles = _titles(by, scheme, list(told))
    lines = [_row(one, titles, found, contested.get(group)) for group, one in told.items()]
    lines.sort(key=lambda row: (-row.total, row.key))
    if by == "class" and scheme:
        order = {one.key: at for at, one in enumerate(scheme.classes)}
        lines.sort(key=lambda row: order.get(row.key, len(order)))
    return Ageing(found, lines, _sum(lines, len(found)))


def remembered_sums(
    invoices: QuerySet[OpenInvoice], by: str, scheme: Scheme | None, found: Sequence[Bucket]
) -> Sums:
    """What is open by group and place of the bucket: how many invoices, and their sum."""
    places = (When(one.condition, then=Value(at)) for at, one in enumerate(found))
    bucket = Case(*places, output_field=IntegerField())
    rows = grouped(invoices, by, scheme).order_by().annotate(bucket=bucket)
    summed = rows.values("group", "bucket").annotate(invoices=Count("pk"), sum=Sum("open"))
    told = summed.values_list("group", "bucket", "invoices", "sum")
    return remembered(told, "ageing", lambda: list(told), stored=Sums)


def _row(
    one: dict[str, Any], titles: dict[str, str], found: Sequence[Bucket], disputed: Decimal | None
) -> Row:
    cells = one["cells"]
    overdue = sum((cell for cell, b in zip(cells, found, strict=True) if b.late), Decimal(0))
    key = str(one["group"]) if one["group"] not in (None, "") else NOBODY
    total = sum(cells, Decimal(0))
    title = titles.get(key, key)
    return Row(key, title, one["invoices"], cells, total, overdue, disputed or Decimal(0))


def _sum(rows: Sequence[Row], width: int) -> Row:
    cells = [sum((row.cells[at] for row in rows), Decimal(0)) for at in range(width)]
    total, overdue, disputed = (
        sum((getattr(row, name) for row in rows), Decimal(0))
        for name in ("total", "overdue", "disputed")
    )
    count = sum(row.invoices for row in rows)
    return Row("", _("Together"), count, cells, total, overdue, disputed)


def _titles(by: str, scheme: Scheme | None, groups: Sequence[Any]) -> dict[str, str]:
    if by == "class":
        known = {one.key: one.title for one in scheme.classes} if scheme else {}
        return known | {key: str(title) for key, title in BESIDE} | {NOBODY: _("No class")}
    if by == "owner":
        people = User.objects.filter(pk__in=[one for one in groups if one])
        return {str(one.pk): one.display_name for one in people} | {NOBODY: _("Nobody")}
    return {str(one): str(one) for one in groups if one} | {NOBODY: _("No region")}


def of_group(
    invoices: QuerySet[OpenInvoice], by: str, key: str, scheme: Scheme | None
) -> QuerySet[OpenInvoice]:
    """The invoices of one group of an ageing."""
    rows = grouped(invoices, by, scheme)
    if key == NOBODY:
        return rows.filter(Q(group=None) if by != "region" else Q(group=""))
    if by == "owner" and not key.isdecimal():
        return rows.none()
    return rows.filter(group=key)


def expected(user: User, day: date) -> list[Week]:
    """What comes in by week: promises until their day, all else by what each payer is used to.

    An invoice is expected as many days after it is due as its customer pays late on average. The
    first line is what should be here by that, the last what has no due date or comes later.
    """
    first = Week(None, _("should be here"))
    weeks = [Week(day + timedelta(7 * at)) for at in range(WEEKS)]
    later = Week(None, _("later or without a due date"))

    def put(on: date | None, amount: Decimal, name: str) -> None:
        if on is None or on >= day + timedelta(7 * WEEKS):
            week = later
        else:
            week = first if on < day else weeks[(on - day).days // 7]
        setattr(week, name, getattr(week, name) + amount)

    rows: QuerySet[Any] = invoices_for(user).order_by().annotate(on=_expected_on())
    for on, amount in _expected_sums(rows):
        put(on, amount, "usual")
    left = _promised(user, put)
    # What is in dispute, or covered by a promise, is taken out of the sums again: it is little.
    for on, amount in rows.filter(in_dispute()).values_list("on", "open"):
        put(on, -amount, "usual")
    promised = Promise.objects.filter(state=Promise.State.OPEN).values("customer")
    told = rows.filter(~in_dispute(), customer__in=promised)
    told = told.order_by(F("due_on").asc(nulls_last=True)).values_list("customer", "on", "open")
    for customer, on, amount in remembered(told, "promised", lambda: list(told)):
        covered = min(left.get(customer, Decimal(0)), amount)
        if covered:
            left[customer] -= covered
            put(on, -covered, "usual")
    return [first, *weeks, later]


def _expected_sums(rows: QuerySet[Any]) -> Expected:
    """All that is open by the day that each payer's habit lets expect."""
    summed = rows.values("on").annotate(sum=Sum("open")).values_list("on", "sum")
    return remembered(summed, "expected", lambda: list(summed), stored=Expected)


def read_ahead() -> None:
    """Ask for what the page of the ageing begins with for whoever sees all."""
    user, seen = some_who_sees_all(), state()
    if user is None or seen is None:
        return
    invoices = invoices_for(user)
    for by, _title in groups():
        remembered_sums(invoices, by, leading_scheme(), buckets(LIMITS, seen.as_of))
    _expected_sums(invoices.order_by().annotate(on=_expected_on()))


def _expected_on() -> ExpressionWrapper[Any]:
    """The day an invoice is paid on by its customer's habit; null without a due date."""
    late = Coalesce(F("customer__payer__days_late"), 0.0, output_field=FloatField())
    days = Cast(Greatest(Func(late, function="ROUND"), 0.0), IntegerField())
    return ExpressionWrapper(F("due_on") + days, output_field=DateField())


def _promised(user: User, put: Any) -> dict[int, Decimal]:
    """Lay the open promises into their weeks; what each customer promised in all."""
    left: dict[int, Decimal] = defaultdict(Decimal)
    promises = Promise.objects.filter(about_visible(user), state=Promise.State.OPEN)
    for customer, due, amount in promises.values_list("customer", "due_on", "amount"):
        left[customer] += amount
        put(due, amount, "promised")
    return left


def promises(user: User, state: str = "") -> QuerySet[Promise]:
    """Promises of customers in reach: the next due first, then those not kept, then those kept."""
    found = Promise.objects.filter(about_visible(user)).exclude(state=Promise.State.WITHDRAWN)
    if state in dict(PROMISE_STATES):
        found = found.filter(state=state)
    place = Case(*(When(state=key, then=at) for at, (key, _title) in enumerate(PROMISE_STATES)))
    waiting = Case(When(state=Promise.State.OPEN, then=F("due_on")))
    return found.order_by(place, waiting, "-due_on", "pk")


def groups() -> list[tuple[str, str]]:
    """What receivables are grouped by."""
    return [("class", _("By class")), ("owner", _("By owner")), ("region", _("By region"))]


def title_of(by: str, key: str, scheme: Scheme | None) -> str:
    """A group of an ageing in words."""
    return _titles(by, scheme, [key] if key.isdecimal() or by == "region" else []).get(key, key)


def named(text: str) -> Q:
    """Invoices with such a number, or of such a customer."""
    return (
        Q(number__istartswith=text)
        | Q(customer__code__istartswith=text)
        | Q(customer__name__icontains=text)
    )


def days(amount: Decimal, seen: Refreshed) -> int | None:
    """An amount in days of invoicing: amount ÷ what was invoiced in 90 days × 90.

    Of all that is owed these are the days sales outstanding, of what is late those beyond terms.
    """
    return round(amount / seen.billed * 90) if seen.billed else None


def sum_of(invoices: QuerySet[OpenInvoice]) -> Decimal:
    """What is open of these invoices."""
    total: Decimal | None = invoices.order_by().aggregate(total=Sum("open"))["total"]
    return total or Decimal(0)
