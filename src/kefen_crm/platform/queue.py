"""Puts work into the background queue, in the transaction that asks for it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

WAITING = "todo"
AT_WORK = "doing"


LONG, QUICK, OUTSIDE, ASIDE = "default", "quick", "outside", "aside"
"""The queues: of what may take minutes, of what takes seconds at most and must not wait for a run
or an import, of what waits for services of others, and of what takes minutes and nobody waits for,
such as the daily backup. Each has places of the worker of its own."""
PLACES: Final = {LONG: 2, QUICK: 2, OUTSIDE: 2, ASIDE: 1}
"""How many jobs of each queue run at once."""
SOON, LATER = 1, -1
"""The priorities of what goes before others of its queue, and of what is put off: whatever has the
same lock and may begin now does not wait for it."""


def enqueue(task: str, *, lock: str | None = None, seconds: int = 0, **arguments: Any) -> None:
    """Queue a task by its name, in so many seconds; jobs of one `lock` run one after the other."""
    app.configure_task(task, lock=lock, **_when(seconds)).defer(**arguments)


def _when(seconds: int) -> dict[str, Any]:
    return {"schedule_in": {"seconds": seconds}, "priority": LATER} if seconds else {}


def later_once(task: str, *, lock: str | None = None, seconds: int = 0, **arguments: Any) -> None:
    """Queue a task in so many seconds, unless it waits already with the same arguments."""
    waits = "/".join([task, *(str(value) for value in arguments.values())])
    with suppress(AlreadyEnqueued), transaction.atomic():
        job = app.configure_task(task, lock=lock, queueing_lock=waits, **_when(seconds))
        job.defer(**arguments)


def state(task: str, **arguments: Any) -> str | None:
    """Whether a job of `task` whose arguments contain these is `todo` or `doing`; None if none.

    A job that failed for good, such as one that kept killing its worker, is not there any more.
    """
    jobs = ProcrastinateJob.objects.filter(
        task_name=task, args__contains=arguments, status__in=(WAITING, AT_WORK)
    )
    found: str | None = jobs.order_by("status").values_list("status", flat=True).first()
    return found
