"""The tasks of a series: the next one planned when one is done, and those that will come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from kefen_crm.activities.models import Task
from kefen_crm.activities.repeats import Repeat
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.platform.parts import Person


def plan_following(actor: Person, task: Task) -> Task | None:
    """After a task was done or skipped: plan the next of its series; None where there is none.

    One that was late stands for those that would have been meanwhile.
    """
    if not task.repeat:
        return None
    found = Repeat.of(task.repeat).following(max(task.due_on, timezone.localdate()), current())
    day, repeat = next(found, (None, None))
    if day is None or repeat is None or not task.customer.current:
        return None
    owner = task.owner if task.owner and task.owner.is_active else task.customer.owner
    made, new = Task.objects.get_or_create(
        origin=task.origin,
        customer=task.customer,
        occurrence=f"{series_of(task)}.{repeat.step}",
        defaults={
            "kind": task.kind,
            "title": task.title,
            "due_on": day,
            "due_at": task.due_at,
            "owner": owner,
            "by": task.by,
            "told": task.told,
            "repeat": repeat.to_dict(),
        },
    )
    if new:
        after = {**made.values(), "follows": task.pk}
        events.record(actor, "task.planned", made, after=after)
    return made


def series_of(task: Task) -> str:
    """What tells the series of a task from others of its customer."""
    step = (task.repeat or {}).get("step", 0)
    return task.occurrence.removesuffix(f".{step}") if step else task.occurrence


def expected(task: Task, last: date, most: int) -> list[tuple[date, Repeat]]:
    """When an open task will come again, up to a day, if each is done in time."""
    if not task.repeat:
        return []
    found: list[tuple[date, Repeat]] = []
    for day, repeat in Repeat.of(task.repeat).following(task.due_on, current()):
        if day > last or len(found) == most:
            break
        found.append((day, repeat))
    return found
