"""Tasks: planned, given to others, put off, skipped, done, called off."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.activities import actions
from kefen_crm.activities.models import Task
from kefen_crm.activities.queries import tasks_for
from kefen_crm.activities.today import why
from kefen_crm.customers.api_named import customer_of, user_of
from kefen_crm.platform.api.paging import OfCustomer, Page, newest
from kefen_crm.platform.api.values import (
    TOOL,
    Clock,
    Code,
    Day,
    Id,
    IdempotencyKey,
    Reason,
    Short,
    Version,
    Whole,
)
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

router = Router(tags=["Tasks"])

Kind = Literal["call", "wechat", "mail", "meeting", "visit", "todo"]
State = Literal["open", "done", "skipped", "cancelled"]


class RepeatIn(Schema, extra="forbid"):
    """How a task repeats: until a day, so many times, or without end.

    Days off give way to the next working day.
    """

    every: Whole = Field(1, ge=1, le=99)
    unit: Literal["day", "week", "month"] = Field(description="A `day` is a working day.")
    until: Day | None = None
    times: Whole | None = Field(None, ge=2, le=999, description="Of how many tasks it is.")


class RepeatOut(BaseModel):
    every: int
    unit: Literal["day", "week", "month"]
    first: date
    number: int = Field(description="The how-manieth task of the series this is.")
    until: date | None
    times: int | None


class TaskOut(BaseModel):
    """Something to do with a customer, as it is now."""

    id: int
    customer: str = Field(examples=["C0001"])
    kind: Kind
    title: str = Field(examples=["Send the quote"])
    due_on: date
    due_at: str | None = Field(examples=["14:30"])
    snoozed_until: date | None
    day: date = Field(description="When it is due: the day it was put off to, else `due_on`.")
    snoozes: int
    owner: str | None = Field(description="Whose it is.", examples=["carol"])
    origin: str = Field(description="What planned it: `person`, `rhythm`.", examples=["rhythm"])
    why: str
    repeat: RepeatOut | None
    state: State
    reason: str
    activity: int | None = Field(description="The activity that did it.")
    closed_on: date | None
    version: int
    created: datetime
    changed: datetime


class TaskPage(Page[TaskOut]):
    pass


class TaskQuery(OfCustomer):
    owner: Short = Field("", description="A user name.")
    state: State | None = None
    due_by: Day | None = Field(None, description="Due on that day or before.")


class TaskIn(Schema, extra="forbid"):
    customer: Code
    kind: Kind = "call"
    title: Short = ""
    due_on: Day
    due_at: Clock | None = None
    owner: Short = Field("", description="A user name; by default yours.")
    repeat: RepeatIn | None = Field(
        None, description="Done or skipped, the next one is planned; called off, the series ends."
    )


class Closing(Schema, extra="forbid"):
    reason: Reason = Field(description="Why, or by what it is done.", examples=["They ordered"])
    version: Version = None


class Snoozing(Schema, extra="forbid"):
    until: Day
    reason: Reason = Field("", description="Asked for from the third time.")
    version: Version = None


class Giving(Schema, extra="forbid"):
    owner: Short = Field(description="A user name.", examples=["carol"])
    reason: Reason = ""
    version: Version = None


@router.get("", response=TaskPage, summary="List tasks", openapi_extra=TOOL)
def list_tasks(request: Asked, query: Query[TaskQuery]) -> TaskPage:
    """About customers you may see, the newest first."""
    found = tasks_for(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.owner:
        found = found.filter(owner__username=query.owner)
    if query.state:
        found = found.filter(state=query.state)
    if query.due_by:
        found = found.filter(day__lte=query.due_by)
    items, last = newest(request, found, query)
    return TaskPage(items=[_told(one) for one in items], next=last)


@router.post("", response={201: TaskOut}, summary="Plan a task", openapi_extra=TOOL)
def plan_task(
    request: Asked, wanted: TaskIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[TaskOut]:
    """Plan something to do with a customer by a day."""
    require(request.user, actions.WORK)
    values = {
        "kind": wanted.kind,
        "title": wanted.title,
        "due_on": wanted.due_on,
        "due_at": time.fromisoformat(wanted.due_at) if wanted.due_at else None,
    }
    if wanted.repeat:
        values["repeat"] = wanted.repeat.model_dump(exclude_none=True)
    if wanted.owner:
        values["owner"] = user_of(wanted.owner)
    task = actions.plan(request.user, customer_of(request, wanted.customer), values, key=key)
    response["Location"] = f"/api/v1/tasks/{task.pk}"
    return Status(201, _told(task))


@router.get("/{int:task_id}", response=TaskOut, summary="One task", openapi_extra=TOOL)
def get_task(request: Asked, task_id: Id) -> TaskOut:
    """As it is now."""
    return _told(_one(request, task_id))


@router.post(
    "/{int:task_id}/snooze", response=TaskOut, summary="Put a task off", openapi_extra=TOOL
)
def snooze_task(request: Asked, task_id: Id, wanted: Snoozing, key: IdempotencyKey = "") -> TaskOut:
    """Have it come again on a later day; the third time needs a reason."""
    require(request.user, actions.WORK)
    task = _one(request, task_id)
    return _told(
        actions.snooze(
            request.user,
            task,
            wanted.until,
            reason=wanted.reason,
            expected_version=wanted.version,
            key=key,
        )
    )


@router.post("/{int:task_id}/reassign", response=TaskOut, summary="Give a task to somebody")
def reassign_task(request: Asked, task_id: Id, wanted: Giving, key: IdempotencyKey = "") -> TaskOut:
    """Have somebody else do it, who may work on the customer."""
    require(request.user, actions.WORK)
    task = _one(request, task_id)
    return _told(
        actions.reassign(
            request.user,
            task,
            user_of(wanted.owner),
            reason=wanted.reason,
            expected_version=wanted.version,
            key=key,
        )
    )


@router.post("/{int:task_id}/skip", response=TaskOut, summary="Skip a task", openapi_extra=TOOL)
def skip_task(request: Asked, task_id: Id, wanted: Closing, key: IdempotencyKey = "") -> TaskOut:
    """Leave it out this time; a rhythm goes on from today."""
    return _closed(request, task_id, actions.skip, wanted, key)


@router.post(
    "/{int:task_id}/done", response=TaskOut, summary="Say that a task is done", openapi_extra=TOOL
)
def finish_task(request: Asked, task_id: Id, wanted: Closing, key: IdempotencyKey = "") -> TaskOut:
    """Without an activity; one that is logged does its tasks by itself."""
    return _closed(request, task_id, actions.done, wanted, key)


@router.post("/{int:task_id}/cancel", response=TaskOut, summary="Call a task off")
def cancel_task(request: Asked, task_id: Id, wanted: Closing, key: IdempotencyKey = "") -> TaskOut:
    """One that a person planned; one of the rhythm is skipped."""
    return _closed(request, task_id, actions.cancel, wanted, key)


def _closed(
    request: Asked, pk: int, verb: Callable[..., Task], wanted: Closing, key: str
) -> TaskOut:
    require(request.user, actions.WORK)
    task = _one(request, pk)
    return _told(
        verb(
            request.user,
            task,
            reason=wanted.reason,
            expected_version=wanted.version,
            key=key,
        )
    )


def _one(request: Asked, pk: int) -> Task:
    found: Task = get_object_or_404(tasks_for(request.user), pk=pk)
    return found


def _told(task: Task) -> TaskOut:
    return TaskOut(
        id=task.pk,
        customer=task.customer.code,
        kind=task.kind,
        title=task.title,
        due_on=task.due_on,
        due_at=task.due_at.strftime("%H:%M") if task.due_at else None,
        snoozed_until=task.snoozed_until,
        day=task.day,
        snoozes=task.snoozes,
        owner=task.owner.username if task.owner else None,
        origin=task.origin,
        why=why(task),
        repeat=RepeatOut(**task.repeat) if task.repeat else None,
        state=task.state,
        reason=task.reason,
        activity=task.done_by_activity_id,
        closed_on=task.closed_on,
        version=task.version,
        created=task.created,
        changed=task.changed,
    )
