"""Promised against done, by class and by person, and why not."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from kefen_crm.activities.models import RHYTHM, Activity, Task
from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.calendar import current
from kefen_crm.playbooks.document import SERVICES, in_force
from kefen_crm.playbooks.models import Commitment, Spend, Target
from kefen_crm.playbooks.plays import ORIGIN
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer

DAYS: Final = 365
RULE, OWNER = "customer__commitments__rule", "customer__owner"
REASONS: Final = 5
State = Task.State


@dataclass
class Done:
    """What was promised until today and what was done, of some customers.

    Attributes:
        promised: hours, visits, budget and services, as far as the year has gone.
        in_time, late, skipped, open_late: tasks that the rhythm and the plays asked for.
        reasons: why tasks were skipped, the most frequent first.
        services: how often each was used.
    """

    rule: str
    user: User | None = None
    customers: int = 0
    promised: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    hours: float = 0.0
    visits: int = 0
    contacts: int = 0
    money: float = 0.0
    discounts: float = 0.0
    services: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    in_time: int = 0
    late: int = 0
    skipped: int = 0
    open_late: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    points: int = 0

    @property
    def asked(self) -> int:
        """The tasks that fell due."""
        return self.in_time + self.late + self.skipped + self.open_late

    @property
    def share_in_time(self) -> int | None:
        """The share done in time, in percent; None while nothing fell due."""
        return round(100 * self.in_time / self.asked) if self.asked else None

    @property
    def why(self) -> list[tuple[str, int]]:
        return self.reasons.most_common(REASONS)

    @property
    def used(self) -> int:
        return sum(self.services.values())

    @property
    def services_promised(self) -> float:
        return sum(self.promised[one] for one in SERVICES)


@dataclass(frozen=True)
class Progress:
    """A target with how much of it is reached, and how much of the year has gone, in percent."""

    target: Target
    reached: float
    share: int
    expected: int

    @property
    def behind(self) -> bool:
        return self.share < self.expected


def year_so_far(today: date | None = None) -> tuple[date, date]:
    """The first day of the year, and today."""
    today = today or current().today(timezone.now())
    return date(today.year, 1, 1), today


def execution(user: User, *, by_person: bool = False) -> list[Done]:
    """What was done this year of what the customers in reach of `user` are promised."""
    first, today = year_so_far()
    customers = visible_to(user)
    found: dict[tuple[str, int | None], Done] = {}

    def of(rule: str, owner: int | None) -> Done:
        key = (rule, owner if by_person else None)
        return found.setdefault(key, Done(rule))

    _promises(of, customers, first, today)
    _activities(of, customers, first, today)
    _tasks(of, customers, first, today)
    _spends(of, customers, first, today)
    order = {one.name: (number, one.points) for number, one in enumerate(in_force())}
    people = User.objects.in_bulk({owner for _rule, owner in found if owner})
    for (rule, owner), one in found.items():
        one.user = people.get(owner) if owner else None
        one.points = one.in_time * order.get(rule, (0, 0))[1]
    return sorted(
        found.values(),
        key=lambda one: (
            order.get(one.rule, (len(order), 0))[0],
            one.user is None,
            one.user.display_name if one.user else "",
        ),
    )


def progress(user: User) -> list[Progress]:
    """How far the targets of this year are, of the people whose customers `user` sees."""
    first, today = year_so_far()
    targets = list(Target.objects.filter(year=today.year).select_related("user"))
    if not targets:
        return []
    found = {(one.rule, one.user.pk): one for one in execution(user, by_person=True) if one.user}
    gone = round(100 * ((today - first).days + 1) / DAYS)
    rows = []
    for one in targets:
        done = found.get((one.rule, one.user_id))
        if done is None:
            continue
        reached = float(getattr(done, one.measure))
        rows.append(Progress(one, reached, min(round(100 * reached / one.amount), 999), gone))
    return rows


def late_work(user: User, rule: str, owner: int | None = None) -> QuerySet[Task]:
    """The promised tasks that are late or were skipped this year, the oldest first."""
    first, today = year_so_far()
    held = Commitment.objects.filter(until=None, rule=rule)
    found = _promised_tasks(visible_to(user), first, today).filter(
        Q(state=State.SKIPPED) | Q(state=State.OPEN) | Q(closed_on__gt=F("due_on")),
        customer__in=held.values("customer"),
    )
    if owner is not None:
        found = found.filter(customer__owner=owner)
    return found.select_related("customer", "owner").order_by("due_on", "pk")


def of_customer(customer: Customer) -> dict[str, Any]:
    """What was done this year for one customer."""
    first, today = year_so_far()
    made = Activity.objects.filter(
        customer=customer, at__date__gte=first, at__date__lte=today
    ).exclude(state=Activity.State.WITHDRAWN)
    told = made.order_by().aggregate(
        minutes=Sum("minutes"), visits=Count("pk", filter=Q(kind="visit"))
    )
    spends = Spend.objects.filter(
        customer=customer, on__gte=first, on__lte=today, state=Spend.State.NOTED
    )
    sums = spends.order_by().aggregate(
        hours=Sum("hours"),
        budget=Sum("money", filter=~Q(kind="discount")),
        gifts=Sum("money", filter=Q(kind="gift")),
        **{one: Count("pk", filter=Q(kind=one)) for one in SERVICES},
    )
    return {
        **{name: value or 0 for name, value in sums.items()},
        "hours": round((told["minutes"] or 0) / 60 + float(sums["hours"] or 0), 1),
        "visits": told["visits"],
    }


def _promises(of: Any, customers: QuerySet[Customer], first: date, today: date) -> None:
    """Promises as far as they held this year, each for the days that it held."""
    rows = Commitment.objects.filter(customer__in=customers, since__lte=today).filter(
        Q(until=None) | Q(until__gt=first)
    )
    sql, params = (
        rows.order_by()
        .values(
            "rule", "customer__owner_id", "since", "until", "hours", "visits", "budget", *SERVICES
        )
        .query.sql_with_params()
    )
    names = ("hours", "visits", "budget", *SERVICES)
    with connection.cursor() as cursor:
        # Django's own query, summed in the database: a row for each promise would be too many.
        cursor.execute(
            f"""
            SELECT rule, owner_id, count(*) FILTER (WHERE until IS NULL),
                {", ".join(f"sum({name} * days / {DAYS}.0)" for name in names)}
            FROM (
                SELECT *, greatest(
                    least(coalesce(until, %s), %s) - greatest(since, %s), 0) AS days
                FROM ({sql}) AS promised
                    (rule, owner_id, since, until, {", ".join(names)})
            ) AS counted
            GROUP BY rule, owner_id
            """,  # noqa: S608  # names of columns of ours
            [date.fromordinal(today.toordinal() + 1)] * 2 + [first, *params],
        )
        for rule, owner, count, *sums in cursor.fetchall():
            done = of(rule, owner)
            done.customers += count
            for name, value in zip(names, sums, strict=True):
                done.promised[name] += float(value or 0)


def _activities(of: Any, customers: QuerySet[Customer], first: date, today: date) -> None:
    made = _of_promised(
        Activity.objects.filter(
            customer__in=customers, at__date__gte=first, at__date__lte=today
        ).exclude(state=Activity.State.WITHDRAWN)
    )
    for row in made.annotate(
        spent=Sum("minutes"),
        calls=Count("pk", filter=Q(real=True)),
        visited=Count("pk", filter=Q(kind="visit")),
    ):
        done = of(row[RULE], row[OWNER])
        done.hours += (row["spent"] or 0) / 60
        done.contacts += row["calls"]
        done.visits += row["visited"]


def _tasks(of: Any, customers: QuerySet[Customer], first: date, today: date) -> None:
    tasks = _promised_tasks(customers, first, today)
    for row in _of_promised(tasks).annotate(
        in_time=Count("pk", filter=Q(state=State.DONE, closed_on__lte=F("due_on"))),
        late=Count("pk", filter=Q(state=State.DONE, closed_on__gt=F("due_on"))),
        skipped=Count("pk", filter=Q(state=State.SKIPPED)),
        waiting=Count("pk", filter=Q(state=State.OPEN, due_on__lt=today)),
    ):
        done = of(row[RULE], row[OWNER])
        done.in_time += row["in_time"]
        done.late += row["late"]
        done.skipped += row["skipped"]
        done.open_late += row["waiting"]
    skipped = _of_promised(tasks.filter(state=State.SKIPPED), "reason")
    for row in skipped.annotate(n=Count("pk")):
        of(row[RULE], row[OWNER]).reasons[row["reason"]] += row["n"]


def _spends(of: Any, customers: QuerySet[Customer], first: date, today: date) -> None:
    spends = Spend.objects.filter(
        customer__in=customers, on__gte=first, on__lte=today, state=Spend.State.NOTED
    )
    for row in _of_promised(spends, "kind").annotate(
        n=Count("pk"), took=Sum("hours"), paid=Sum("money")
    ):
        done = of(row[RULE], row[OWNER])
        done.hours += float(row["took"])
        if row["kind"] == Spend.Kind.DISCOUNT:
            done.discounts += float(row["paid"])
        else:
            done.money += float(row["paid"])
        if row["kind"] in SERVICES:
            done.services[row["kind"]] += row["n"]


def _promised_tasks(customers: QuerySet[Customer], first: date, today: date) -> QuerySet[Task]:
    """The tasks of the rhythm and of plays that fell due this year."""
    return Task.objects.filter(
        Q(origin=RHYTHM) | Q(origin__startswith=ORIGIN),
        Q(due_on__lt=today) | Q(due_on=today, state__in=(State.DONE, State.SKIPPED)),
        customer__in=customers,
        due_on__gte=first,
    ).exclude(state=State.CANCELLED)


def _of_promised(found: QuerySet[Any], *more: str) -> Any:
    """Rows by the playbook that holds for the customer now, and by who looks after it."""
    held = found.filter(customer__commitments__until=None, customer__commitments__isnull=False)
    return held.order_by().values(RULE, OWNER, *more)


def services_of(rows: Iterable[Done]) -> dict[str, int]:
    """How often each service was used in all."""
    found: Counter[str] = Counter()
    for one in rows:
        found.update(one.services)
    return dict(found)
