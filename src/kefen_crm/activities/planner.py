"""The rhythm of all customers: what the clock plans, moves and calls off, as things are now.

A task of the rhythm that is open holds from which day its working days count; facts that came
since move it, a change of class moves it too, though never into the past, and a new owner gets it.
Who has none gets one, those who waited longest spread over the days of their rule.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import connection
from django.db.models import F, Max, Q
from django.utils import timezone

from kefen_crm.activities.models import RHYTHM, Activity, Task
from kefen_crm.activities.rhythm import reason_of
from kefen_crm.activities.rules import CONTACT_GAP, ContactGap
from kefen_crm.customers.actions import owners
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway.interactions import last_contacts
from kefen_crm.grading.scopes import divided
from kefen_crm.platform import rules
from kefen_crm.platform.bulk import into_temporary
from kefen_crm.platform.calendar import current
from kefen_crm.platform.models import Event
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.rules import SET_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from kefen_crm.platform.due import Due

State = Task.State
BATCH = 2_000


@dataclass(frozen=True)
class Wanted:
    """When a customer is to be contacted next, and from which day that counts.

    Attributes:
        task: the open task of the rhythm; None where there is none yet.
        due: by the rule alone; it may have passed.
        spoken: whether somebody ever spoke to the customer.
    """

    customer: int
    code: str
    name: str
    owner: int
    rule: ContactGap
    since: date
    due: date
    spoken: bool
    task: OpenTask | None
    after: int | None = None

    @property
    def occurrence(self) -> str:
        return f"{self.since}.{self.after}" if self.after else f"{self.since}"


@dataclass(frozen=True)
class OpenTask:
    """The open task of the rhythm, as the database has it."""

    pk: int
    version: int
    since: date | None
    due: date
    days: int
    holder: int | None


def owned() -> QuerySet[Customer]:
    """The current customers that somebody looks after who can be told."""
    return Customer.objects.filter(standing__in=CURRENT, owner__is_active=True)


def wanted(found: Sequence[ContactGap]) -> list[Wanted]:
    """What rules want for every customer that one of them holds for."""
    calendar = current()
    add = cache(calendar.add_workdays)
    tasks = _open_tasks()
    real = _real_contacts()
    held, closed = _held_since(), _last_closed()
    result = []
    for rule, customers in divided(found, owned()):
        people = list(customers.order_by().values_list("pk", "code", "name", "owner", "created"))
        spoken = last_contacts([code for _pk, code, *_more in people])
        for pk, code, name, owner, created in people:
            task = tasks.get(pk)
            days = [day for day in (spoken.get(code), real.get(pk)) if day]
            met = bool(days)
            ended, after = closed.get(pk, (None, None)) if task is None else (None, None)
            floor = task.since if task else ended
            days += [floor] if floor else []
            if not met:
                days += [timezone.localdate(created)] if not days else []
                days += [held[pk]] if pk in held else []
            since = max(days)
            due = add(since, rule.working_days)
            result.append(Wanted(pk, code, name, owner, rule, since, due, met, task, after))
    return result


def plan(due: Due) -> None:
    """Plan, move and call off, so that each customer that a rule holds for has one open task."""
    found = rules.in_force(CONTACT_GAP)
    if not found and not Task.objects.filter(origin=RHYTHM, state=State.OPEN).exists():
        return
    today = max(due.day, timezone.localdate(due.now))
    these = wanted(found)
    _call_off(these, today)
    _move([one for one in these if one.task], today)
    new = [one for one in these if one.task is None]
    targets = due.targets(
        CONTACT_GAP,
        {f"customer:{one.customer}": f"{one.occurrence}@{today}" for one in new},
        population=Customer.objects.filter(standing__in=CURRENT).count(),
    )
    chosen = set(targets)
    create([one for one in new if f"customer:{one.customer}" in chosen], today)


def spread(new: Iterable[Wanted], today: date) -> dict[int, date]:
    """The day of each new task: as its rule says, or for those past it spread over the rule's days.

    Of one owner and rule, who waited longest comes first.
    """
    calendar = current()
    first = today if calendar.is_workday(today) else calendar.next_workday(today)
    days, late = {}, defaultdict(list)
    for one in new:
        days[one.customer] = one.due
        if one.due < first:
            late[one.owner, one.rule.name].append(one)
    steps = cache(lambda n: calendar.add_workdays(first, n))
    for these in late.values():
        these.sort(key=lambda one: (one.due, one.code))
        for place, one in enumerate(these):
            days[one.customer] = steps(place * one.rule.working_days // len(these))
    return days


def create(new: list[Wanted], today: date) -> None:
    """Plan tasks for who has none; one that was called off for the same gap is opened again."""
    days = spread(new, today)
    for start in range(0, len(new), BATCH):
        Task.objects.bulk_create(
            (
                Task(
                    customer_id=one.customer,
                    kind=Task.Kind.CALL,
                    due_on=days[one.customer],
                    owner_id=one.owner,
                    origin=RHYTHM,
                    occurrence=one.occurrence,
                    since=one.since,
                    told=reason_of(one.rule, one.owner, spoken=one.spoken),
                )
                for one in new[start : start + BATCH]
            ),
            update_conflicts=True,
            unique_fields=["origin", "customer", "occurrence"],
            update_fields=[
                "due_on",
                "owner",
                "since",
                "told",
                "state",
                "snoozed_until",
                "reason",
                "closed_on",
            ],
        )


_COLUMNS = {"id": "bigint", "version": "int", "due_on": "date", "since": "date", "owner": "bigint",
            "rule": "text", "days": "int", "spoken": "boolean", "anew": "boolean"}  # fmt: skip
_MOVE = """
    UPDATE activities_task AS task SET due_on = moved.due_on, since = moved.since,
        snoozed_until = CASE WHEN moved.anew THEN NULL ELSE snoozed_until END,
        owner_id = COALESCE(moved.owner, task.owner_id), version = task.version + 1,
        changed = now(),
        told = jsonb_build_object('rule', moved.rule, 'days', moved.days, 'spoken', moved.spoken,
            'holder', COALESCE(moved.owner, (task.told->>'holder')::bigint))
    FROM moved_rhythm AS moved
    WHERE task.id = moved.id AND task.version = moved.version AND task.state = 'open'
"""


def _move(these: list[Wanted], today: date) -> None:
    """Move the open tasks of whom was contacted, whose class or owner is another by now."""
    calendar = current()
    soonest = calendar.next_workday(today)
    rows: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for one in these:
        task = one.task
        assert task is not None
        anew = one.since != task.since
        given = one.owner != task.holder
        if not anew and not given and one.rule.working_days == task.days:
            continue
        # A contact or another class never makes a task overdue, nor due before tomorrow.
        if one.due >= soonest:
            day = one.due
        elif task.due < today:
            day = max(task.due, one.due)
        else:
            day = min(task.due, soonest)
        row = (task.pk, task.version, day, one.since, one.owner if given else None,
               one.rule.name, one.rule.working_days, one.spoken, anew)  # fmt: skip
        for name, value in zip(_COLUMNS, row, strict=True):
            rows[name].append(value)
    if rows["id"]:
        schema = {"owner": pl.Int64, "anew": pl.Boolean}
        into_temporary("moved_rhythm", _COLUMNS, pl.DataFrame(rows, schema_overrides=schema))
        with connection.cursor() as cursor:
            cursor.execute(_MOVE)


def _call_off(these: list[Wanted], today: date) -> None:
    """Cancel the open tasks of customers that no rule holds for any more, or nobody looks after."""
    kept = {one.task.pk for one in these if one.task}
    tasks = Task.objects.filter(origin=RHYTHM, state=State.OPEN)
    gone = [pk for pk in tasks.values_list("pk", flat=True) if pk not in kept]
    for start in range(0, len(gone), BATCH):
        Task.objects.filter(pk__in=gone[start : start + BATCH], state=State.OPEN).update(
            state=State.CANCELLED, closed_on=today, version=F("version") + 1
        )


def _open_tasks() -> dict[int, OpenTask]:
    found = Task.objects.filter(origin=RHYTHM, state=State.OPEN)
    rows = found.values_list(
        "customer", "pk", "version", "since", "due_on", "told__days", "told__holder"
    )
    return {
        customer: OpenTask(pk, version, since, due, days or 0, holder)
        for customer, pk, version, since, due, days, holder in rows
    }


def _real_contacts() -> dict[int, date]:
    """The day of the last real contact that was noted on the site, by customer."""
    found = Activity.objects.filter(real=True).order_by().values("customer")
    rows = found.annotate(last=Max("at")).values_list("customer", "last")
    return {customer: timezone.localdate(last) for customer, last in rows}


def _held_since() -> dict[int, date]:
    """The day on which a customer came to its owner, for those who changed hands on the site."""
    verbs = ("customer.assigned", *owners.VERBS)
    found = Event.objects.filter(verb__in=verbs, customer__isnull=False).order_by()
    rows = found.values("customer").annotate(last=Max("at")).values_list("customer", "last")
    return {customer: timezone.localdate(last) for customer, last in rows}


def _last_closed() -> dict[int, tuple[date, int]]:
    """Of customers without an open task of the rhythm: when the last was closed, and its id."""
    without = ~Q(
        customer__in=Task.objects.filter(origin=RHYTHM, state=State.OPEN).values("customer")
    )
    found = Task.objects.filter(without, origin=RHYTHM, state__in=[State.DONE, State.SKIPPED])
    rows = found.order_by().values("customer").annotate(day=Max("closed_on"), last=Max("pk"))
    return {
        customer: (day, last) for customer, day, last in rows.values_list("customer", "day", "last")
    }


JOB = ClockJob("activities.rhythm", plan, at=time(6), permit=SET_RULES)
