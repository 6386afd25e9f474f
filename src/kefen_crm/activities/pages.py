"""The pages of work: today, the list of tasks, the calendar of tasks."""

from __future__ import annotations

import calendar as months
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from kefen_crm.activities import repeating, today
from kefen_crm.activities.models import Task
from kefen_crm.activities.permits import WORK
from kefen_crm.activities.queries import last_activities, leading_scheme, ranked, tasks_for
from kefen_crm.activities.team import people_below
from kefen_crm.platform.calendar import current
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.parts import Part
from kefen_crm.platform.registry import declared, plugins
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from kefen_crm.team.models import User
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50
MOST_LISTED = 10_000
"""Tasks of a list beyond which it is told to be narrowed."""
MINE, TEAM = "mine", "team"
MOST_SERIES, MOST_OF_A_SERIES = 200, 400
"""Series that a calendar goes through, and the tasks of one."""
MOST_OF_A_DAY = 4
"""Tasks of a day that the calendar names."""
STATES = ("open", "late", "done", "skipped", "cancelled")


@require_GET
def today_page(request: SignedInRequest) -> HttpResponse:
    """What is to be done today: one's own, or that of whoever one leads."""
    require(request.user, WORK)
    now = timezone.now()
    people = people_below(request.user)
    whose, person = _whose(request, people)
    context: dict[str, Any] = {"people": people, "whose": whose, "person": person}
    if whose == TEAM:
        ids = [one.pk for one in people]
        open_tasks = tasks_for(request.user).filter(owner__in=ids, state=Task.State.OPEN)
        late = open_tasks.filter(day__lt=current().today(now))
        loads = today.loads(people, now)
        counts = {today.LATE: sum(one.late for one in loads), today.DUE: 0, today.COMING: 0}
        work = today.day_of(late, now, hours=False, counts=counts, most=today.SHOWN_OF_A_TEAM)
        context |= {"loads": loads, "work": work}
    else:
        context["work"] = today.day_of(_open_tasks(request, person), now)
    context["parts"] = _parts(request, person)
    if person.pk == request.user.pk:
        asking = (one.approvals for one in plugins() if one.approvals)
        context["approvals"] = [one for ask in asking for one in ask(request)]
    template = "activities/_today.html" if request.htmx else "activities/today.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_GET
def coming(request: SignedInRequest) -> HttpResponse:
    """The lines of what comes in the next days, for the page of today."""
    require(request.user, WORK)
    _whose_work, person = _whose(request, people_below(request.user), first=MINE)
    ahead = today.ahead_of(_open_tasks(request, person), timezone.now())
    return render(request, "activities/_coming.html", {"ahead": ahead})


def _open_tasks(request: SignedInRequest, person: User) -> QuerySet[Task]:
    """The open tasks of a person that whoever asks may see."""
    tasks = today.of_owner(person)
    if person.pk == request.user.pk:
        return tasks
    return tasks.filter(pk__in=tasks_for(request.user).filter(owner=person).values("pk"))


def _parts(request: SignedInRequest, person: User) -> list[Part]:
    """What other apps say of one's own day."""
    if person.pk != request.user.pk:
        return []
    read = [(tile, tile.read(request)) for tile in declared("day")]
    return [Part(tile.template, found, tile.style) for tile, found in read if found is not None]


@require_GET
def task_list(request: SignedInRequest) -> HttpResponse:
    """Tasks, one's own or the team's, by state, kind and time."""
    require(request.user, WORK)
    people = people_below(request.user)
    whose, person = _whose(request, people, first=MINE)
    tasks = _of(request, whose, person, people)
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    calendar = current()
    on = calendar.today(timezone.now())
    if state == "late":
        tasks = tasks.filter(state=Task.State.OPEN, day__lt=on)
    else:
        tasks = tasks.filter(state=state)
    kind = request.GET.get("kind", "")
    if kind in Task.Kind.values:
        tasks = tasks.filter(kind=kind)
    order = ("day", "due_at", "pk") if state in ("open", "late") else ("-closed_on", "-pk")
    scheme = leading_scheme()
    pages = _TaskPages(ranked(tasks, scheme).order_by(*order), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    last = last_activities({one.customer_id for one in page})
    lines = [today.line_of(one, calendar, on, last) for one in page]
    context = {
        "people": people,
        "whose": whose,
        "person": person,
        "lines": lines,
        "page_obj": page,
        "most": MOST_LISTED if pages.more else None,
        "state": state,
        "states": [(one, _STATES[one]()) for one in STATES],
        "kind": kind,
        "kinds": Task.Kind.choices,
        "scheme": scheme,
    }
    template = "activities/_tasks.html" if request.htmx else "activities/tasks.html"  # type: ignore[attr-defined]
    return render(request, template, context)


class _TaskPages(Pages):
    """Pages of tasks; so many are counted and shown, `more` says that there are others."""

    @cached_property
    def _counted(self) -> int:
        found: Any = self.object_list  # a query, of which no more is asked
        return int(found.order_by()[: MOST_LISTED + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_LISTED)

    @property
    def more(self) -> bool:
        return self._counted > MOST_LISTED


_STATES = {
    "open": lambda: pgettext("task", "open"),
    "late": lambda: _("overdue"),
    "done": lambda: _("done"),
    "skipped": lambda: _("skipped"),
    "cancelled": lambda: _("cancelled"),
}


@dataclass(frozen=True)
class CalendarCell:
    """A day of the calendar with its tasks; `more` are not named."""

    day: date
    worked: bool
    today: bool
    other: bool
    tasks: list[Task]
    more: int


@require_GET
def calendar_page(request: SignedInRequest) -> HttpResponse:
    """Open tasks as a calendar, by week or by month."""
    require(request.user, WORK)
    people = people_below(request.user)
    whose, person = _whose(request, people, first=MINE)
    by_week = request.GET.get("by") == "week"
    on = current().today(timezone.now())
    at = _day(request.GET.get("at", "")) or on
    if by_week:
        monday = at - timedelta(days=at.weekday())
        weeks = [[monday + timedelta(days=n) for n in range(7)]]
        before, after = at - timedelta(weeks=1), at + timedelta(weeks=1)
    else:
        weeks = months.Calendar().monthdatescalendar(at.year, at.month)
        first = at.replace(day=1)
        before = (first - timedelta(days=1)).replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    by_day: dict[date, list[Task]] = {}
    open_tasks = _of(request, whose, person, people).filter(state=Task.State.OPEN)
    tasks = open_tasks.filter(day__gte=weeks[0][0], day__lte=weeks[-1][-1])
    for task in tasks.order_by("day", "due_at", "pk")[:2_000]:
        by_day.setdefault(task.day, []).append(task)
    for task in open_tasks.filter(repeat__isnull=False, due_on__lt=weeks[-1][-1])[:MOST_SERIES]:
        for one in _expected(task, weeks[0][0], weeks[-1][-1]):
            by_day.setdefault(one.day, []).append(one)
    most = 100 if by_week else MOST_OF_A_DAY
    calendar = current()

    def cell(day: date) -> CalendarCell:
        these = by_day.get(day, [])
        other = not by_week and day.month != at.month
        worked = calendar.is_workday(day)
        return CalendarCell(day, worked, day == on, other, these[:most], max(len(these) - most, 0))

    context = {
        "people": people,
        "whose": whose,
        "person": person,
        "weeks": [[cell(day) for day in week] for week in weeks],
        "by_week": by_week,
        "at": at,
        "before": before,
        "after": after,
        "on": on,
    }
    return render(request, "activities/calendar.html", context)


def _expected(task: Task, first: date, last: date) -> Iterator[Task]:
    """The tasks that a series will come to between two days."""
    for day, repeat in repeating.expected(task, last, MOST_OF_A_SERIES):
        if day >= first:
            one = copy(task)
            one.day, one.repeat, one.expected = day, repeat.to_dict(), True
            yield one


def _whose(request: SignedInRequest, people: list[User], first: str = "") -> tuple[str, User]:
    """Whose work the address asks for: `mine`, `team`, or that of one person of the team."""
    told = request.GET.get("whose", "")
    others = [one for one in people if one.pk != request.user.pk]
    chosen = {str(one.pk): one for one in others}.get(told)
    if chosen is not None:
        return told, chosen
    default = first or (TEAM if others and request.user.role != "rep" else MINE)
    whose = told if told in (MINE, TEAM) else default
    return (whose if others else MINE), request.user


def _of(request: SignedInRequest, whose: str, person: User, people: list[User]) -> QuerySet[Task]:
    owners = [one.pk for one in people] if whose == TEAM else [person.pk]
    return tasks_for(request.user).filter(owner__in=owners)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None
