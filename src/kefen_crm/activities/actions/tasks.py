"""Tasks: planned, given to others, put off, skipped, done, called off, handed over."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.activities import repeating, repeats, rhythm
from kefen_crm.activities.models import PERSON, Task
from kefen_crm.activities.permits import WORK, alone
from kefen_crm.activities.queries import changeable_tasks, open_rhythm
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.team.models import User
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.parts import Person

State = Task.State
PATIENCE = 2
"""So often a task is put off without a reason."""
PLANNED = frozenset({"kind", "title", "due_on", "due_at", "owner", "repeat"})


@transaction.atomic
def plan(
    actor: User | None,
    customer: Customer,
    values: Mapping[str, Any],
    *,
    origin: str = PERSON,
    occurrence: str = "",
    told: Mapping[str, Any] | None = None,
    key: str = "",
) -> Task:
    """Plan a task; by default for whoever plans it.

    Args:
        actor: who plans it; None for Kefen itself, which asks for no permit.
        customer: whom it is about.
        values: `due_on`, and perhaps `kind`, `title`, `due_at`, `owner`, a user, and `repeat`, as
            of `repeats.checked`.
        origin: what plans it, such as the name of a rule.
        occurrence: tells it from others of the origin and the customer: planned again, it is the
            same task. By default every task is another.
        told: why it is there; `text` is a message with values of `data`.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may.
        DoesNotExist: of `Customer`, when `actor` may not change the customer.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    if actor is not None:
        require(actor, WORK)
        customer = changeable_by(actor).get(pk=customer.pk)
    given = {"customer": customer.pk, "values": _plain(values), "origin": origin}
    if answer := events.answered(actor, "task.planned", key, given):
        return _target(answer)
    alone(customer)
    wanted = _checked(customer, {"owner": actor or customer.owner, **values})
    task, new = Task.objects.get_or_create(
        origin=origin,
        customer=customer,
        occurrence=occurrence or uuid4().hex,
        defaults={**wanted, "by": actor, "told": dict(told or {})},
    )
    if new:
        events.record(actor, "task.planned", task, after=task.values(), key=key, given=given)
    return task


def reassign(actor: User, task: Task, owner: User, **more: Any) -> Task:
    """Give a task to somebody else, who may change its customer.

    Raises:
        PermissionDenied, DoesNotExist, Stale, KeyReused: as of every verb.
        ValidationError: when it is closed, or `owner` cannot do it.
    """

    def change(found: Task) -> dict[str, Any]:
        found.owner = _fit(found.customer, owner)
        return {"owner": owner.pk}

    return _changed(actor, task, "task.reassigned", change, given={"owner": owner.pk}, **more)


def snooze(actor: User, task: Task, until: date, **more: Any) -> Task:
    """Put a task off to a day. The third time needs a reason.

    Raises:
        PermissionDenied, DoesNotExist, Stale, KeyReused: as of every verb.
        ValidationError: when it is closed, the day has passed, or the reason is missing.
    """

    def change(found: Task) -> dict[str, Any]:
        if until < timezone.localdate():
            raise ValidationError({"until": _("That day has passed.")})
        if found.snoozes >= PATIENCE and not more.get("reason", "").strip():
            said = _("It was put off %(count)s times already: say why.")
            raise ValidationError({"reason": said % {"count": found.snoozes}})
        found.snoozed_until = until
        found.snoozes += 1
        return {"snoozed_until": until}

    return _changed(actor, task, "task.snoozed", change, given={"until": until}, **more)


def skip(actor: User, task: Task, **more: Any) -> Task:
    """Leave a task out this time, for a reason; a rhythm goes on from today.

    Raises:
        PermissionDenied, DoesNotExist, Stale, KeyReused: as of every verb.
        ValidationError: when it is closed or the reason is missing.
    """
    return _closed(actor, task, "task.skipped", State.SKIPPED, **more)


def done(actor: User, task: Task, **more: Any) -> Task:
    """Say that a task is done without an activity; the reason says by what.

    Raises:
        PermissionDenied, DoesNotExist, Stale, KeyReused: as of every verb.
        ValidationError: when it is closed or nothing is said.
    """
    return _closed(actor, task, "task.done", State.DONE, **more)


def cancel(actor: User, task: Task, **more: Any) -> Task:
    """Call a task off that a person planned; one of the rhythm is skipped instead.

    Raises:
        PermissionDenied, DoesNotExist, Stale, KeyReused: as of every verb.
        ValidationError: when it is closed, of the rhythm, or the reason is missing.
    """
    if task.by_rhythm:
        raise ValidationError(_("The rhythm plans this task: skip it, and say why."))
    return _closed(actor, task, "task.cancelled", State.CANCELLED, **more)


def move(old: Person, new: Person, customers: Collection[int], _actor: Person) -> int:
    """Give the open tasks that `old` has with customers, by their ids, to `new`.

    It is part of a handover, which asks for the permit and tells of it.
    """
    owner = old.pk if old else None
    found = Task.objects.filter(customer__in=customers, owner=owner, state=State.OPEN)
    if new is not None and not new.is_active:
        raise ValidationError(_("%(name)s has left.") % {"name": str(new)})
    return found.update(
        owner=new.pk if new else None, version=F("version") + 1, changed=timezone.now()
    )


def _closed(actor: User, task: Task, verb: str, state: str, **more: Any) -> Task:
    reason = more.get("reason", "").strip()

    def change(found: Task) -> dict[str, Any]:
        if not reason:
            raise ValidationError({"reason": _("Say why.")})
        found.state, found.reason = state, reason
        found.closed_on, found.closed_by = timezone.localdate(), actor
        return {"state": state}

    with transaction.atomic():
        found = _changed(actor, task, verb, change, given={}, **more)
        if found.by_rhythm and open_rhythm(found.customer_id) is None:
            spoken = bool((found.told or {}).get("spoken"))
            rhythm.plan_next(found.customer, timezone.localdate(), after=found, spoken=spoken)
        if state != State.CANCELLED:
            repeating.plan_following(actor, found)
    return found


@transaction.atomic
def _changed(
    actor: User,
    task: Task,
    verb: str,
    change: Callable[[Task], dict[str, Any]],
    *,
    given: Mapping[str, Any],
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Task:
    """The way of every verb: permit, lock, change, event."""
    require(actor, WORK)
    asked = {"task": task.pk, "reason": reason, "version": expected_version, **given}
    if answer := events.answered(actor, verb, key, asked):
        return _target(answer)
    alone(task.customer)
    found = events.locked(changeable_tasks(actor), task.pk, expected_version)
    if not found.open:
        raise ValidationError(_("This task is closed already."))
    was = {"state": found.state, "snoozed_until": found.day, "owner": found.owner_id}
    after = change(found)
    events.raised(found)
    found.refresh_from_db(fields=["day"])
    before = {name: was[name] for name in after}
    after |= {"kind": found.kind, "title": found.title}
    events.record(
        actor, verb, found, before=before, after=after, reason=reason, key=key, given=asked
    )
    return found


def _checked(customer: Customer, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a new task.

    Raises:
        ValidationError: by field, of what is wrong, missing or unknown.
    """
    wrong = {name: _("There is no such field.") for name in values if name not in PLANNED}
    if not isinstance(values.get("due_on"), date):
        wrong["due_on"] = _("Say by which day.")
    elif values["due_on"] < timezone.localdate():
        wrong["due_on"] = _("That day has passed.")
    if wrong:
        raise ValidationError(wrong)
    owner = values.get("owner")
    wanted = {
        "kind": values.get("kind") or Task.Kind.CALL,
        "title": (values.get("title") or "").strip(),
        "due_on": values["due_on"],
        "due_at": values.get("due_at"),
        "owner": _fit(customer, owner) if owner else None,
    }
    if values.get("repeat"):
        wanted["repeat"] = repeats.checked(values["repeat"], values["due_on"])
    others = {one.name for one in Task._meta.fields} - {"kind", "title", "due_on", "due_at"}  # noqa: SLF001  # Django's public name for it
    Task(**wanted).clean_fields(exclude=others)
    return wanted


def _fit(customer: Customer, owner: User) -> User:
    """Whoever is to do it, who may."""
    able = owner.is_active and may(owner, WORK)
    if not able or not changeable_by(owner).filter(pk=customer.pk).exists():
        said = _("%(name)s cannot work on this customer.") % {"name": owner.display_name}
        raise ValidationError({"owner": said})
    return owner


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.pk
        if isinstance(value, User)
        else str(value)
        if isinstance(value, date | time)
        else value
        for name, value in values.items()
    }


def _target(answer: Any) -> Task:
    found: Task = answer.target()
    return found
