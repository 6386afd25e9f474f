"""Whether the work is done: contact rhythm, top class, claims, customers of nobody, edits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Min, OuterRef, Q, Subquery
from django.utils import timezone

from kefen_crm.activities.models import RHYTHM, Activity, Task
from kefen_crm.activities.queries import leading_scheme, ranked
from kefen_crm.activities.team import people_below
from kefen_crm.customers.models import FieldEdit
from kefen_crm.customers.queries import visible_to
from kefen_crm.gateway.interactions import last_contacts
from kefen_crm.holdings.models import Holding
from kefen_crm.holdings.queries import today
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Scheme

RHYTHM_DAYS, CLAIM_DAYS = 90, 180
"""How far back tasks of the rhythm, and claims, are looked at."""
SPANS = (30, 60, 90)
"""Days without contact that customers of the top class are counted by."""
LONGEST = 10
"""Customers of the top class that are named."""
MOST_CODES = 5_000
"""Customers of the top class for whom imported conversations are asked, too."""


@dataclass
class Punctuality:
    """How far the rhythm was kept, of one person or class: tasks that came due."""

    in_time: int = 0
    late: int = 0
    skipped: int = 0
    overdue: int = 0

    @property
    def due(self) -> int:
        return self.in_time + self.late + self.skipped + self.overdue

    @property
    def share(self) -> float | None:
        """Those done in time, of all that came due; None where none did."""
        return self.in_time / self.due if self.due else None

    def add(self, other: Punctuality) -> None:
        """Count what another counts, too."""
        self.in_time += other.in_time
        self.late += other.late
        self.skipped += other.skipped
        self.overdue += other.overdue


@dataclass
class Rhythm:
    """How the rhythm was kept, by person and by class of a scheme."""

    people: list[tuple[User | None, Punctuality]] = field(default_factory=list)
    classes: list[tuple[str, Punctuality]] = field(default_factory=list)


@dataclass(frozen=True)
class TopClass:
    """How long ago the customers of the best class were contacted.

    Attributes:
        days: the median since the last contact, of those contacted at all.
        beyond: how many were not contacted for so many days.
        never: how many never were, as far as is known.
        longest: who waits longest, with the days.
    """

    key: str
    customers: int
    days: float | None
    beyond: list[tuple[int, int]]
    never: int
    longest: list[tuple[Customer, int | None]]


@dataclass(frozen=True)
class Claims:
    """What became of claims: days to the first contact, and how many wait for one."""

    claims: int
    days: float | None
    waiting: int


def rhythm(user: User, scheme: Scheme | None) -> Rhythm:
    """Tasks of the rhythm that came due of late, of customers whom `user` sees."""
    day = today()
    came = Q(due_on__gte=day - timedelta(days=RHYTHM_DAYS), due_on__lt=day)
    tasks = Task.objects.filter(came, origin=RHYTHM, customer__in=visible_to(user))
    classed: Any = ranked(tasks, scheme).order_by()  # which annotates the class
    counted = classed.values("owner", "class_key").annotate(
        in_time=Count("pk", filter=Q(state="done", closed_on__lte=F("day"))),
        late=Count("pk", filter=Q(state="done", closed_on__gt=F("day"))),
        skipped=Count("pk", filter=Q(state="skipped")),
        overdue=Count("pk", filter=Q(state="open", day__lt=day)),
    )  # fmt: skip
    people: dict[int | None, Punctuality] = defaultdict(Punctuality)
    classes: dict[str, Punctuality] = defaultdict(Punctuality)
    for row in counted:
        one = Punctuality(row["in_time"], row["late"], row["skipped"], row["overdue"])
        if one.due:
            people[row["owner"]].add(one)
            classes[row["class_key"]].add(one)
    known = User.objects.in_bulk([pk for pk in people if pk])
    by_person = sorted(people.items(), key=lambda pair: (pair[1].share or 0, -pair[1].due))
    return Rhythm(
        [(known.get(pk or 0), kept) for pk, kept in by_person],
        sorted(classes.items(), key=lambda pair: (not pair[0], pair[0])),
    )


def top_class(user: User, scheme: Scheme | None) -> TopClass | None:
    """The best class of the leading scheme; None without one."""
    if scheme is None or not scheme.classes:
        return None
    key = scheme.classes[0].key
    of_class = visible_to(user).filter(classes__scheme=scheme, classes__class_key=key)
    real = Activity.objects.filter(customer=OuterRef("pk"), real=True).order_by("-at")
    found = list(of_class.annotate(spoken=Subquery(real.values("at")[:1])).order_by("code"))
    imported = last_contacts([one.code for one in found]) if len(found) <= MOST_CODES else {}
    now = today()
    waits: list[tuple[Customer, int | None]] = []
    for one in found:
        days = [timezone.localdate(one.spoken)] if one.spoken else []
        days += [imported[one.code]] if one.code in imported else []
        waits.append((one, _between(max(days), now) if days else None))
    known = [days for _one, days in waits if days is not None]
    never = len(waits) - len(known)
    longest = sorted(waits, key=lambda pair: (pair[1] is not None, -(pair[1] or 0)))
    return TopClass(
        key,
        len(waits),
        median(known) if known else None,
        [(span, sum(1 for days in known if days > span) + never) for span in SPANS],
        never,
        longest[:LONGEST],
    )


def claims(user: User) -> Claims:
    """Claims of late of customers whom `user` sees."""
    since = timezone.now() - timedelta(days=CLAIM_DAYS)
    held = Holding.objects.filter(
        via=Holding.Via.CLAIMED, since__gte=since, customer__in=visible_to(user)
    )
    spoken = Activity.objects.filter(
        customer=OuterRef("customer"), real=True, at__gte=OuterRef("since")
    ).order_by()
    first = spoken.values("customer").annotate(first=Min("at")).values("first")
    found = list(held.annotate(first=Subquery(first)).values_list("since", "until", "first"))
    days = [(spoke - began).total_seconds() / 86_400 for began, _until, spoke in found if spoke]
    waiting = sum(1 for _began, until, spoke in found if spoke is None and until is None)
    return Claims(len(found), median(days) if days else None, waiting)


def nobodys(user: User) -> QuerySet[Customer]:
    """The current customers without an owner whom `user` sees."""
    return visible_to(user).filter(owner=None, owner_name="")


def edits(user: User) -> tuple[int, int]:
    """How many fields people wrote, and of how many imports bring something else."""
    found = FieldEdit.objects.filter(customer__in=visible_to(user)).aggregate(
        every=Count("pk"), open=Count("pk", filter=Q(incoming__isnull=False))
    )
    return found["every"], found["open"]


def read(user: User) -> dict[str, object]:
    """Everything that the page shows."""
    scheme = leading_scheme()
    written, contradicted = edits(user)
    return {
        "scheme": scheme,
        "team": people_below(user),
        "rhythm": rhythm(user, scheme),
        "top": top_class(user, scheme),
        "claims": claims(user),
        "nobodys": nobodys(user).count(),
        "written": written,
        "contradicted": contradicted,
        "rhythm_days": RHYTHM_DAYS,
        "claim_days": CLAIM_DAYS,
    }


def _between(day: date, now: date) -> int:
    return max((now - day).days, 0)
