"""What the page of data quality shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.queries import visible_to
from kefen_crm.grading.models import CustomerClass
from kefen_crm.quality.actions import proposals
from kefen_crm.quality.checks import KINDS, Check, any_of, checks
from kefen_crm.quality.models import Mending, Score
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from kefen_crm.grading.models import Scheme

DAYS: Final = 90
"""Days of scores that are shown."""
OWNERS: Final = 20
UNDOABLE: Final = 5
"""Mendings that are offered to be undone."""
WIDE, HIGH = 300, 60


@dataclass(frozen=True)
class Line:
    """One check with how many it finds, and how many it found some days ago."""

    check: Check
    title: str
    icon: str
    count: int
    before: int | None
    address: str
    mends: int


@dataclass(frozen=True)
class Row:
    """An owner or a class with how many of its customers are found, by kind of check."""

    title: str
    badge: str
    customers: int
    counts: list[int]


def overview(user: User) -> dict[str, Any]:
    """Every check over the customers that `user` may see, by class and owner, and over time."""
    known = checks()
    visible = visible_to(user).order_by()
    everyone = visible.count()
    found = visible.filter(any_of(known)).count() if everyone else 0
    before = _before()
    lines = [_line(user, one, before) for one in known]
    kinds = {kind: [one for one in known if one.kind == kind] for kind in KINDS}
    kinds = {kind: listed for kind, listed in kinds.items() if listed}
    scheme = leading_scheme()
    counted = _counted(user, kinds, scheme)
    mine = Mending.objects.filter(by=user, undone_at=None)
    return {
        "everyone": everyone,
        "found": found,
        "share": 1 - found / everyone if everyone else None,
        "lines": lines,
        "kinds": [str(KINDS[kind][0]) for kind in kinds],
        "owners": _by_owner(counted),
        "classes": _by_class(counted, scheme) if scheme else [],
        "scheme": scheme,
        # Scores are of all customers: they say little to who sees some.
        "scores": scores() if may(user, Permit.SEE_ALL_CUSTOMERS) else {"days": []},
        "mendings": mine.annotate(count=Count("values"))[:UNDOABLE],
    }


def _line(user: User, check: Check, before: dict[str, int]) -> Line:
    address = f"{reverse('customers:list')}?{urlencode({'quality': check.name})}"
    writes = may(user, Permit.EDIT_CUSTOMERS)
    mends = sum(proposals(user, field).count() for field in check.mends) if writes else 0
    title, icon = KINDS[check.kind]
    count = visible_to(user).filter(check.condition).order_by().count()
    earlier = before.get(check.name) if may(user, Permit.SEE_ALL_CUSTOMERS) else None
    return Line(check, str(title), icon, count, earlier, address, mends)


def _before() -> dict[str, int]:
    """What each check found a week ago or, where there is nothing so old, at first."""
    week = timezone.localdate() - timedelta(days=7)
    days = Score.objects.filter(name="", day__lt=timezone.localdate())
    old = days.filter(day__lte=week).order_by("-day").first() or days.order_by("day").first()
    if old is None:
        return {}
    return dict(Score.objects.filter(day=old.day).values_list("name", "found"))


def scores() -> dict[str, Any]:
    """The share of customers without a finding, day by day, and its line as a picture."""
    found = list(Score.objects.filter(name="").order_by("-day")[:DAYS])[::-1]
    if not found:
        return {"days": [], "points": ""}
    low = min(one.share for one in found)
    high = max(one.share for one in found)
    span, steps = (high - low) or 1.0, max(len(found) - 1, 1)
    points = (
        (at * WIDE / steps, HIGH - 4 - (one.share - low) / span * (HIGH - 8))
        for at, one in enumerate(found)
    )
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return {"days": found, "points": line, "first": found[0], "last": found[-1]}


def _counted(
    user: User, kinds: dict[str, list[Check]], scheme: Scheme | None
) -> list[Counter[tuple[int | None, str | None]]]:
    """Of all customers, then of those found by each kind of check: how many by owner and class."""
    classes = CustomerClass.objects.filter(customer=OuterRef("pk"), scheme=scheme)
    visible = visible_to(user).order_by().annotate(of=Subquery(classes.values("class_key")[:1]))
    each = [Q(), *(any_of(listed) for listed in kinds.values())]
    return [
        Counter({
            (owner, key): number
            for owner, key, number in visible.filter(condition)
            .values_list("owner", "of").annotate(n=Count("pk")).values_list("owner", "of", "n")
        })
        for condition in each
    ]  # fmt: skip


def _by_owner(counted: list[Counter[tuple[int | None, str | None]]]) -> list[Row]:
    known, *by_kind = [_summed(one, 0) for one in counted]
    people = User.objects.in_bulk([pk for pk in known if pk])
    rows = [
        Row(
            people[pk].display_name if pk else "",
            "",
            number,
            [counted[pk] for counted in by_kind],
        )
        for pk, number in known.items()
    ]
    return sorted(rows, key=lambda row: -sum(row.counts))[:OWNERS]


def _by_class(counted: list[Counter[tuple[int | None, str | None]]], scheme: Scheme) -> list[Row]:
    known, *by_kind = [_summed(one, 1) for one in counted]
    return [
        Row(one.title, one.key, known[one.key], [c[one.key] for c in by_kind])
        for one in scheme.classes
    ]


def _summed(counted: Counter[tuple[int | None, str | None]], part: int) -> Counter[Any]:
    """How many there are by owner (0) or class (1)."""
    found: Counter[Any] = Counter()
    for key, number in counted.items():
        found[key[part]] += number
    return found
