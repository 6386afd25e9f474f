"""What is to be done today: whom to call, why, and what was said last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, F, IntegerField, Q, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.activities.models import MINUTES, Task
from kefen_crm.activities.queries import last_activities, leading_scheme, of_each_class, ranked
from kefen_crm.platform.calendar import current
from kefen_crm.platform.standing_words import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from kefen_crm.activities.models import Activity
    from kefen_crm.grading.models import Scheme
    from kefen_crm.platform.calendar import Calendar
    from kefen_crm.team.models import User

FLAGGED = 4
"""A task that is late by so many working days is flagged for whoever leads."""
AHEAD = 5
"""Working days that are shown as coming."""
SHOWN, SHOWN_OF_A_TEAM, SHOWN_AHEAD = 40, 20, 20
"""Lines of what is due, of what is late in a team, and of what is coming."""
SORTED_AT_ONCE = 5_000
"""Tasks due that are put into their order by one query; of more, class by class until enough."""
LATE, DUE, COMING = "late", "due", "coming"


@dataclass
class Line:
    """One task of the day.

    Attributes:
        late: the working days since it was due; 0 when it is not late.
        last: the newest activity with the customer.
        beyond: it is the first that today's hours do not reach.
    """

    task: Task
    late: int
    last: Activity | None
    beyond: bool = False

    @property
    def flagged(self) -> bool:
        return self.late >= FLAGGED

    @property
    def why(self) -> str:
        return why(self.task)

    @property
    def lateness(self) -> str:
        """How late it is, in words."""
        told = ngettext("%(count)s working day late", "%(count)s working days late", self.late)
        return told % {"count": self.late}


@dataclass(frozen=True)
class Hours:
    """The working hours that are left of a day, and what the tasks due would take, in minutes."""

    left: int
    needed: int

    @property
    def enough(self) -> bool:
        return self.needed <= self.left


@dataclass(frozen=True)
class Day:
    """A day's work of one person, or of several."""

    day: date
    workday: bool
    sections: list[tuple[str, str, list[Line]]]
    hours: Hours
    counts: dict[str, int]
    scheme: Scheme | None
    more: int

    @property
    def empty(self) -> bool:
        return not self.counts[COMING] and not any(lines for _name, _title, lines in self.sections)


@dataclass
class Load:
    """What one person of a team has to do."""

    user: User
    late: int
    flagged: int
    due: int
    coming: int
    minutes: int


def why(task: Task) -> str:
    """Why a task is there, in words."""
    told = task.told or {}
    if task.by_rhythm:
        since = task.since.isoformat() if task.since else ""
        data = {"rule": said(told.get("rule", "")), "days": told.get("days", ""), "day": since}
        if told.get("spoken"):
            return _("Every %(days)s working days (%(rule)s); last contact %(day)s") % data
        return (
            _("Every %(days)s working days (%(rule)s); never contacted, here since %(day)s") % data
        )
    if told.get("text"):
        return str(_(told["text"]) % told.get("data", {}))
    if task.by is not None and task.by_id != task.owner_id:
        return _("Planned by %(name)s") % {"name": task.by.display_name}
    return _("Planned on %(day)s") % {"day": timezone.localdate(task.created).isoformat()}


def day_of(
    tasks: QuerySet[Task],
    now: datetime,
    *,
    hours: bool = True,
    counts: dict[str, int] | None = None,
    most: int = SHOWN,
) -> Day:
    """The work of a day among open tasks.

    Ordered by how late it is, the class of the customer and the money at stake.

    Args:
        hours: whether a line shows where today's hours end.
        counts: how many are late, due and coming, where that is known.
        most: so many lines are shown.
    """
    calendar = current()
    today = calendar.today(now)
    scheme = leading_scheme()
    tasks = ranked(tasks.select_related("customer", "owner", "by"), scheme)
    counts = counts or _counts(tasks, calendar, today)
    due = tasks.filter(day__lte=today)
    bands = _bands(calendar.add_workdays(today, -FLAGGED), today)
    many = counts[LATE] + counts[DUE] > SORTED_AT_ONCE
    shown = _first_of_many(due, bands, scheme, most) if many else _first(due, bands, most)
    last = last_activities({one.customer_id for one in shown})
    lines = [line_of(one, calendar, today, last) for one in shown]
    left = minutes_left(calendar, now)
    needed = sum(_minutes(line.task) for line in lines)
    if hours and calendar.is_workday(today):
        _draw(lines, left)
    late = [line for line in lines if line.late]
    now_due = [line for line in lines if not line.late]
    sections = [
        (LATE, _("Overdue"), late),
        (DUE, _("Today"), now_due),
    ]
    more = counts[LATE] + counts[DUE] - len(lines)
    return Day(
        today, calendar.is_workday(today), sections, Hours(left, needed), counts, scheme, more
    )


@dataclass(frozen=True)
class Ahead:
    """The first lines of what comes in the next days."""

    lines: list[Line]
    scheme: Scheme | None


def ahead_of(tasks: QuerySet[Task], now: datetime) -> Ahead:
    """What comes in the next days among open tasks, by day, class and money at stake."""
    calendar = current()
    today = calendar.today(now)
    scheme = leading_scheme()
    tasks = ranked(tasks.select_related("customer", "owner", "by"), scheme)
    ahead: QuerySet[Any] = tasks.filter(day__gt=today, day__lte=calendar.add_workdays(today, AHEAD))
    coming = list(ahead.order_by("day", "rank", _MOST_SALES, "pk")[:SHOWN_AHEAD])
    last = last_activities({one.customer_id for one in coming})
    return Ahead([line_of(one, calendar, today, last) for one in coming], scheme)


_MOST_SALES = F("customer__sales").desc(nulls_last=True)
_ORDER = (_MOST_SALES, "day", "due_at", "pk")


def _bands(flagged: date, today: date) -> list[Q]:
    """How late tasks are: to be flagged, late, due today."""
    return [Q(day__lte=flagged), Q(day__gt=flagged, day__lt=today), Q(day=today)]


def _first(due: QuerySet[Any], bands: Sequence[Q], most: int) -> list[Task]:
    """The first lines of what is due."""
    whens = [When(band, then=place) for place, band in enumerate(bands)]
    placed = due.annotate(band=Case(*whens, output_field=IntegerField()))
    return list(placed.order_by("band", "rank", *_ORDER)[:most])


def _first_of_many(
    due: QuerySet[Task], bands: Sequence[Q], scheme: Scheme | None, most: int
) -> list[Task]:
    """As `_first`, without giving every task its rank: band by band and class by class."""
    found: list[Task] = []
    for band in bands:
        for of_class in of_each_class(scheme):
            if len(found) < most:
                found += due.filter(band, of_class).order_by(*_ORDER)[: most - len(found)]
    return found


def loads(people: Sequence[User], now: datetime) -> list[Load]:
    """What each of a team has to do, who has most that is late first."""
    calendar = current()
    today = calendar.today(now)
    flagged = calendar.add_workdays(today, -FLAGGED)
    ahead = calendar.add_workdays(today, AHEAD)
    tasks = Task.objects.filter(
        owner__in=[one.pk for one in people], state=Task.State.OPEN, day__lte=ahead
    )
    found = {one.pk: Load(one, 0, 0, 0, 0, 0) for one in people}
    rows: Any = tasks.order_by().values_list("owner", "day", "kind").annotate(count=Count("*"))
    for owner, day, kind, count in rows:
        load = found[owner]
        if day > today:
            load.coming += count
            continue
        load.minutes += count * MINUTES[kind]
        load.flagged += count * (day <= flagged)
        if day < today:
            load.late += count
        else:
            load.due += count
    return sorted(
        found.values(), key=lambda load: (-load.flagged, -load.late, -load.due, load.user.username)
    )


def minutes_left(calendar: Calendar, now: datetime) -> int:
    """The working minutes that are left of a day."""
    midnight = datetime.combine(calendar.today(now) + timedelta(days=1), time(0), calendar.zone)
    return int(calendar.worked(now, midnight) / timedelta(minutes=1))


def _counts(tasks: QuerySet[Task], calendar: Calendar, today: date) -> dict[str, int]:
    ahead = calendar.add_workdays(today, AHEAD)
    found: dict[str, int] = (
        tasks.filter(day__lte=ahead)
        .order_by()
        .aggregate(
            late=Count("day", filter=Q(day__lt=today)),
            due=Count("day", filter=Q(day=today)),
            coming=Count("day", filter=Q(day__gt=today)),
        )
    )
    return found


def line_of(task: Task, calendar: Calendar, today: date, last: dict[int, Activity]) -> Line:
    """A task with how late it is, and the newest activity with its customer."""
    late = max(calendar.workdays(task.day, today), 1) if task.open and task.day < today else 0
    return Line(task, late, last.get(task.customer_id))


def _minutes(task: Task) -> int:
    return MINUTES[task.kind]


def _draw(lines: Iterable[Line], left: int) -> None:
    """Mark the first line that the hours left do not reach."""
    needed = 0
    for line in lines:
        needed += _minutes(line.task)
        if needed > left:
            line.beyond = True
            return


def of_owner(user: Any) -> QuerySet[Task]:
    """The open tasks of a person."""
    return Task.objects.filter(owner=user, state=Task.State.OPEN)
