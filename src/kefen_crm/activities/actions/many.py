"""A task with each of many customers, planned together and called off together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kefen_crm.activities.models import PERSON, Task
from kefen_crm.activities.permits import WORK
from kefen_crm.activities.queries import changeable_tasks
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.platform.notifications import notify
from kefen_crm.team.models import User
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Task.State
UNTOUCHED = 1
"""The version of a task that nobody changed."""


@transaction.atomic
def plan_many(actor: User, owners: Mapping[int, int], values: Mapping[str, Any]) -> str:
    """Plan a task with each of many customers; gives what `cancel_many` takes.

    Args:
        actor: who plans them.
        owners: by the id of the customer, whose the task is; they can do it, as the caller knows.
        values: `due_on`, and perhaps `kind`, `title` and `due_at`, of every task.

    Raises:
        PermissionDenied: unless `actor` may.
        DoesNotExist: of `Customer`, when one is out of reach of `actor`.
        ValidationError: when the day has passed.
    """
    require(actor, WORK)
    if values["due_on"] < timezone.localdate():
        raise ValidationError({"due_on": _("That day has passed.")})
    customers = changeable_by(actor).in_bulk(list(owners))
    if len(customers) < len(owners):
        raise changeable_by(actor).model.DoesNotExist
    batch = uuid4().hex
    common = {
        "kind": values.get("kind") or Task.Kind.CALL,
        "title": (values.get("title") or "").strip(),
        "due_on": values["due_on"],
        "due_at": values.get("due_at") or None,
        "origin": PERSON,
        "occurrence": batch,
        "by": actor,
    }
    tasks = Task.objects.bulk_create(
        (Task(customer=customers[pk], owner_id=owner, **common) for pk, owner in owners.items()),
        batch_size=1_000,
    )
    events.record_all(
        actor, "task.planned", [(one, {}, {**one.values(), "together": True}) for one in tasks]
    )
    _tell(actor, Counter(owners.values()))
    return batch


@transaction.atomic
def cancel_many(actor: User, batch: str) -> int:
    """Call off what was planned together and nobody touched since; gives how many.

    Raises:
        PermissionDenied: unless `actor` may.
    """
    require(actor, WORK)
    found = changeable_tasks(actor).filter(
        origin=PERSON, occurrence=batch, by=actor, state=State.OPEN, version=UNTOUCHED
    )
    tasks = list(found.select_for_update(of=("self",)))
    for one in tasks:
        one.state, one.reason, one.version = State.CANCELLED, _("Planned together, undone"), 2
        one.closed_on, one.closed_by, one.changed = timezone.localdate(), actor, timezone.now()
    fields = ["state", "reason", "version", "closed_on", "closed_by", "changed"]
    Task.objects.bulk_update(tasks, fields, batch_size=1_000)
    told = {"state": State.OPEN}, {"state": State.CANCELLED}
    events.record_all(actor, "task.cancelled", [(one, *told) for one in tasks])
    return len(tasks)


def _tell(actor: User, counts: Mapping[int, int]) -> None:
    """Tell each person once of all tasks that are theirs now."""
    for person in User.objects.filter(pk__in=counts).exclude(pk=actor.pk):
        notify(
            [person],
            "task.given",
            gettext_noop("%(who)s gave you a task"),
            {"count": counts[person.pk], "who": actor.display_name},
            reverse("activities:tasks"),
            plural=gettext_noop("%(who)s gave you %(count)s tasks"),
        )
