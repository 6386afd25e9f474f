"""What the page of data quality shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.db.models import Case, Count, FilteredRelation, Q, When
from django.urls import reverse
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.queries import visible_to
from kefen_crm.quality.actions import proposals
from kefen_crm.quality.checks import KINDS, Check, Kind, checks
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


@dataclass(frozen=True)
class _Group:
    """Customers with one owner and class in whom the same checks find something, of some kinds."""

    owner: int | None
    key: str | None
    checks: frozenset[str]
    kinds: frozenset[Kind]
    customers: int


def overview(user: User) -> dict[str, Any]:
    """Every check over the customers that `user` may see, by class and owner, and over time."""
    known, scheme = checks(), leading_scheme()
    groups = _groups(user, known, scheme)
    kinds: list[Kind] = [kind for kind in KINDS if any(one.kind == kind for one in known)]
    everyone = sum(group.customers for group in groups)
    found = sum(group.customers for group in groups if group.kinds)
    before = _before()
    lines = [_line(user, one, groups, before) for one in known]
    mine = Mending.objects.filter(by=user, undone_at=None)
    return {
        "everyone": everyone,
        "found": found,
        "share": 1 - found / everyone if everyone else None,
        "lines": lines,
        "kinds": [str(KINDS[kind][0]) for kind in kinds],
        "owners": _by_owner(groups, kinds),
        "classes": _by_class(groups, kinds, scheme) if scheme else [],
        "scheme": scheme,
        # Scores are of all customers: they say little to who sees some.
        "scores": scores() if may(user, Permit.SEE_ALL_CUSTOMERS) else {"days": []},
        "mendings": mine.annotate(count=Count("values"))[:UNDOABLE],
    }


def _line(user: User, check: Check, groups: list[_Group], before: dict[str, int]) -> Line:
    address = f"{reverse('customers:list')}?{urlencode({'quality': check.name})}"
    writes = may(user, Permit.EDIT_CUSTOMERS)
    mends = sum(proposals(user, field).count() for field in check.mends) if writes else 0
    title, icon = KINDS[check.kind]
    count = sum(group.customers for group in groups if check.name in group.checks)
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


def _groups(user: User, known: list[Check], scheme: Scheme | None) -> list[_Group]:
    """The customers that `user` may see by owner, class and finding, in one pass over them."""
    of = FilteredRelation("classes", condition=Q(classes__scheme=scheme))
    found = {
        f"check_{number}": Case(When(one.condition, then=True), default=False)
        for number, one in enumerate(known)
    }
    rows: Any = (
        visible_to(user)
        .order_by()
        .annotate(of=of, **found)
        .values_list("owner", "of__class_key", *found)
        .annotate(Count("pk"))
    )
    return [_group(known, *row) for row in rows]


def _group(known: list[Check], owner: int | None, key: str | None, *rest: Any) -> _Group:
    *found, customers = rest
    these = [check for check, there in zip(known, found, strict=True) if there]
    return _Group(
        owner,
        key,
        frozenset(one.name for one in these),
        frozenset(one.kind for one in these),
        customers,
    )


def _by_owner(groups: list[_Group], kinds: list[Kind]) -> list[Row]:
    each: dict[int | None, list[_Group]] = {}
    for group in groups:
        each.setdefault(group.owner, []).append(group)
    people = User.objects.in_bulk([pk for pk in each if pk])
    rows = [
        _row(people[pk].display_name if pk else "", "", theirs, kinds)
        for pk, theirs in each.items()
    ]
    return sorted(rows, key=lambda row: -sum(row.counts))[:OWNERS]


def _by_class(groups: list[_Group], kinds: list[Kind], scheme: Scheme) -> list[Row]:
    return [
        _row(one.title, one.key, [group for group in groups if group.key == one.key], kinds)
        for one in scheme.classes
    ]


def _row(title: str, badge: str, groups: list[_Group], kinds: list[Kind]) -> Row:
    counts = [sum(one.customers for one in groups if kind in one.kinds) for kind in kinds]
    return Row(title, badge, sum(one.customers for one in groups), counts)
