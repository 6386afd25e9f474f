"""The one door of changes: a repeated key, a stale version, an event, and who is told of it.

A verb is a function of an app's `actions.py`, in one transaction: permit, lock, change, event.

    @transaction.atomic
    def rename(actor, customer, name, *, expected_version=None, key="", reason=""):
        require(actor, Permit.EDIT_CUSTOMERS)
        given = {"customer": customer.pk, "name": name}
        if answer := answered(actor, "customer.renamed", key, given):
            return answer.target()
        customer = locked(visible_to(actor), customer.pk, expected_version)
        before = {"name": customer.name}
        customer.name = name
        raised(customer)
        record(actor, "customer.renamed", customer, before=before, after={"name": name},
               reason=reason, key=key, given=given)
        return customer
"""

from __future__ import annotations

import hashlib
import json
import logging
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from kefen_crm.platform.models import Event, OutboxEntry
from kefen_crm.platform.queue import later_once
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django.contrib.auth.models import AbstractBaseUser
    from django.db.models import Model, QuerySet

    from kefen_crm.platform.parts import Consumer

Versioned = TypeVar("Versioned", bound="Model")

log = logging.getLogger(__name__)

DELIVER = "platform.deliver_events"
BATCH = 200
"""Events that a consumer is handed at most at once."""
LONGEST_PAUSE = timedelta(hours=1)
"""So long after a failure at most until an event is handed over again."""
_VIA: ContextVar[str] = ContextVar("via", default="")


class Stale(Exception):  # noqa: N818  # an answer like any other
    """Somebody changed the object meanwhile.

    Attributes:
        target: the object as it is now.
        changes: the events since the version that was expected, the oldest first.
    """

    def __init__(self, target: Model, changes: list[Event]) -> None:
        super().__init__(f"{target} is of another version")
        self.target, self.changes = target, changes


class KeyReused(Exception):  # noqa: N818  # an answer like any other
    """The key came with another request before."""


@contextmanager
def acting_via(means: str) -> Iterator[None]:
    """Note of every event within that its actor did it by `means`, such as `assistant`."""
    marker = _VIA.set(means)
    try:
        yield
    finally:
        _VIA.reset(marker)


def digest(given: Mapping[str, Any]) -> str:
    """What tells two requests apart."""
    text = json.dumps(given, sort_keys=True, ensure_ascii=False, cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def answered(
    actor: AbstractBaseUser | None, verb: str, key: str, given: Mapping[str, Any]
) -> Event | None:
    """The event of the same request under the same key before; None for a new one, or no key.

    Whoever brings the same key at the same time waits until the first is done.

    Raises:
        KeyReused: when the key came with something else than `given`.
    """
    if not key:
        return None
    who = actor.pk if actor else None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{who}/{verb}/{key}"]
        )
    known = Event.objects.filter(actor_id=who, verb=verb, key=key).first()
    if known is not None and known.digest != digest(given):
        raise KeyReused(key)
    return known


def locked(
    queryset: QuerySet[Versioned], pk: object, expected_version: int | None = None
) -> Versioned:
    """One object, locked until the transaction ends.

    Raises:
        DoesNotExist: of the model, when it is not in `queryset`.
        Stale: when it is of another version than `expected_version`.
    """
    found = queryset.select_for_update(of=("self",)).get(pk=pk)
    version: int = found.version  # type: ignore[attr-defined]
    if expected_version is not None and version != expected_version:
        raise Stale(found, list(_events_of(found).filter(version__gt=expected_version)))
    return found


def raised(target: Model, changed: Iterable[str] | None = None) -> None:
    """Save a changed object as its next version; of its fields those `changed`, if told."""
    target.version += 1  # type: ignore[attr-defined]
    target.save(update_fields=None if changed is None else [*changed, "version"])


def record(
    actor: AbstractBaseUser | None,
    verb: str,
    target: Model,
    *,
    customer: Model | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    key: str = "",
    given: Mapping[str, Any] | None = None,
) -> Event:
    """Write down that `actor` (None: Kefen itself) did `verb`, and queue it for its consumers.

    `customer` is whom it is about; by default the target itself, or its `customer`. Call it in
    the transaction of the change.
    """
    event = _event(actor, verb, target, before, after, customer)
    event.reason = reason.strip()
    event.key, event.digest = key, digest(given or {}) if key else ""
    event.save(force_insert=True)
    _queue([event])
    return event


def record_all(
    actor: AbstractBaseUser | None,
    verb: str,
    changes: Iterable[tuple[Model, Mapping[str, Any], Mapping[str, Any]]],
    *,
    reason: str = "",
    key: str = "",
    given: Mapping[str, Any] | None = None,
) -> list[Event]:
    """As `record`, of many objects at once, each with what was before and after.

    A `key` is of the first event, so that the whole is found again by it.
    """
    events = [_event(actor, verb, target, before, after) for target, before, after in changes]
    for number, event in enumerate(events):
        event.reason = reason.strip()
        if key and not number:
            event.key, event.digest = key, digest(given or {})
    Event.objects.bulk_create(events, batch_size=1_000)
    _queue(events)
    return events


def _event(
    actor: AbstractBaseUser | None,
    verb: str,
    target: Model,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    customer: Model | None = None,
) -> Event:
    return Event(
        actor_id=actor.pk if actor else None,
        via=_VIA.get(),
        verb=verb,
        customer_id=getattr(customer or _customer_of(target), "pk", None),
        object_type=target._meta.label_lower,  # noqa: SLF001  # Django's public name for it
        object_id=str(target.pk),
        version=_version_of(target),
        before=before,
        after=after,
    )


def replay(consumer: Consumer, events: QuerySet[Event] | None = None) -> int:
    """Hand events to a consumer again, all that it wants by default; gives how many."""
    wanted = Event.objects.all() if events is None else events
    if consumer.wanted:
        wanted = wanted.filter(verb__in=consumer.wanted)
    keys = list(wanted.order_by("id").values_list("id", flat=True))
    with transaction.atomic():
        OutboxEntry.objects.bulk_create(
            (OutboxEntry(event_id=key, consumer=consumer.name) for key in keys),
            batch_size=1_000,
            ignore_conflicts=True,
        )
        if keys:
            call([consumer])
    return len(keys)


def call(consumers: Iterable[Consumer]) -> None:
    """Queue the handing over of what these consumers have not handled, each for itself."""
    for one in consumers:
        lock = one.lock or f"{DELIVER}/{one.name}"
        later_once(DELIVER, lock=lock, consumer=one.name)


def call_again() -> None:
    """Queue it for whoever has events that are due."""
    due = OutboxEntry.objects.filter(due__lte=timezone.now())
    waiting = set(due.values_list("consumer", flat=True).distinct())
    call(one for one in declared("consumers") if one.name in waiting)


def deliver(name: str) -> None:
    """Hand a consumer the events that it has not handled, in their order.

    What it cannot handle is logged and tried again later; others do not wait for it.
    """
    for consumer in declared("consumers"):
        while consumer.name == name and _deliver(consumer):
            pass


def _deliver(consumer: Consumer) -> bool:
    """Hand over one batch; whether there was one."""
    with transaction.atomic():
        due = OutboxEntry.objects.filter(consumer=consumer.name, due__lte=timezone.now())
        entries = list(
            due.select_for_update(of=("self",))
            .select_related("event__customer", "event__actor")
            .order_by("event_id")[:BATCH]
        )
        if not entries:
            return False
        try:
            with transaction.atomic():
                consumer.handle([one.event for one in entries])
        except Exception as error:
            if len(entries) == 1:
                _put_off(entries[0], error)
                return True
        else:
            OutboxEntry.objects.filter(pk__in=[one.pk for one in entries]).delete()
            return True
        for one in entries:
            try:
                with transaction.atomic():
                    consumer.handle([one.event])
                    one.delete()
            except Exception as error:  # one event's trouble is not another's
                _put_off(one, error)
    return True


def _put_off(entry: OutboxEntry, error: Exception) -> None:
    log.error("%s did not handle %s", entry.consumer, entry.event_id, exc_info=error)
    entry.attempts += 1
    entry.error = type(error).__name__  # its words may hold personal data
    entry.due = timezone.now() + min(timedelta(seconds=2**entry.attempts), LONGEST_PAUSE)
    entry.save(update_fields=["attempts", "error", "due"])


def _queue(events: Sequence[Event]) -> None:
    verbs = {event.verb for event in events}
    asking = [
        (one, verbs & set(one.wanted) if one.wanted else verbs) for one in declared("consumers")
    ]
    wanted = [(one, [event for event in events if event.verb in these]) for one, these in asking]
    entries = [
        OutboxEntry(event=event, consumer=one.name) for one, these in wanted for event in these
    ]
    if entries:
        OutboxEntry.objects.bulk_create(entries, batch_size=1_000)
        call(one for one, these in wanted if these)


def _events_of(target: Model) -> QuerySet[Event]:
    return Event.objects.filter(
        object_type=target._meta.label_lower,  # noqa: SLF001  # Django's public name for it
        object_id=str(target.pk),
    ).order_by("id")


def _version_of(target: Any) -> int | None:
    """The number of a versioned object; None for others, such as a run *of* a version."""
    version = getattr(target, "version", None)
    return version if isinstance(version, int) else None


def _customer_of(target: Any) -> Any:
    """The customer that `target` is, or is about; None for something else."""
    if target._meta.label_lower == "customers.customer":  # noqa: SLF001  # Django's public name for it
        return target
    return getattr(target, "customer", None)
