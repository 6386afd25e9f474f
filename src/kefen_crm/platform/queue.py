"""Puts work into the background queue, in the transaction that asks for it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

WAITING = "todo"
AT_WORK = "doing"


QUICK = "quick"
"""The queue of what must not wait for a run or an import; the worker keeps a place for it."""
SOON, LATER = 1, -1
"""The priorities of quick jobs, and of those that are put off: whatever has the same lock and may
begin now does not wait for them."""


def enqueue(task: str, *, lock: str | None = None, seconds: int = 0, **arguments: Any) -> None:
    """Queue a task by its name, in so many seconds; jobs of one `lock` run one after the other."""
    app.configure_task(task, lock=lock, **_when(seconds)).defer(**arguments)


def _when(seconds: int) -> dict[str, Any]:
    return {"schedule_in": {"seconds": seconds}, "priority": LATER} if seconds else {}


def later_once(
    task: str,
    *,
    lock: str | None = None,
    seconds: int = 0,
    quick: bool = False,
    **arguments: Any,
) -> None:
    """Queue a task in so many seconds, unless it waits already with the same arguments."""
    more: dict[str, Any] = {"queue": QUICK, "priority": SOON} if quick else {}
    more |= _when(seconds)
    waits = "/".join([task, *(str(value) for value in arguments.values())])
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(task, lock=lock, queueing_lock=waits, **more).defer(**arguments)


def state(task: str, **arguments: Any) -> str | None:
    """Whether a job of `task` whose arguments contain these is `todo` or `doing`; None if none.

    A job that failed for good, such as one that kept killing its worker, is not there any more.
    """
    jobs = ProcrastinateJob.objects.filter(
        task_name=task, args__contains=arguments, status__in=(WAITING, AT_WORK)
    )
    found: str | None = jobs.order_by("status").values_list("status", flat=True).first()
    return found
