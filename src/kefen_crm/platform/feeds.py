"""Brings what was written on the site into the ledger, by the feeds that the apps declare.

A feed tells how its objects stand now. So whatever is handed over twice, late or again from the
beginning comes to the same facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.gateway import feeding
from kefen_crm.gateway.ledger import opened
from kefen_crm.platform import events, facts
from kefen_crm.platform.models import OutboxEntry
from kefen_crm.platform.parts import Consumer
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen_crm.platform.models import Event

    Facts = dict[str, dict[str, Sequence[Mapping[str, Any]]]]
    """By kind, the rows of facts by their numbers; without rows there is no such fact."""

NAME = "ledger"
MOST = 1_000
"""Of more customers nothing is told ahead of the ledger."""


def verbs() -> tuple[str, ...]:
    """The verbs after which facts are others."""
    return tuple(verb for feed in declared("feeds") for verb in feed.verbs)


def facts_of(found: Iterable[Event]) -> Facts:
    """What the objects of events come to in the ledger now, customers first."""
    these = list(found)
    by_kind: Facts = {}
    for feed in declared("feeds"):
        last = {(one.object_type, one.object_id): one for one in these if one.verb in feed.verbs}
        if last:
            known = by_kind.setdefault(feed.kind, {})
            for number, rows in feed.read(list(last.values())).items():
                known[number] = [*known.get(number, ()), *rows]
    return {kind: by_kind[kind] for kind in feeding.ORDER if by_kind.get(kind)}


def waiting(customers: Iterable[int]) -> Facts:
    """What is written of these customers, by their ids, and not in the ledger yet.

    Read it before the ledger: what has left here meanwhile is there.
    """
    entries = OutboxEntry.objects.filter(consumer=NAME, event__customer__in=list(customers))
    found = entries.select_related("event__customer", "event__actor").order_by("event_id")
    return facts_of(one.event for one in found)


def waited_for() -> list[int]:
    """The ids of the customers of whom something is written and not in the ledger yet."""
    entries = OutboxEntry.objects.filter(consumer=NAME, event__customer__isnull=False)
    return list(entries.values_list("event__customer", flat=True).distinct()[:MOST])


def bring(found: list[Event]) -> None:
    """Land the facts of these events, one batch a kind.

    Raises:
        UnfitError: when the ledger refuses what an app let in.
        LedgerError: `ledger-busy`.
    """
    known = facts_of(found)
    if not known:
        return
    names = {one.actor.display_name if one.actor else "" for one in found}
    name = names.pop() if len(names) == 1 else ""
    with opened() as ledger:
        before = ledger.version
        changed = [feeding.land(ledger, kind, rows, name) for kind, rows in known.items()]
        after = ledger.version
    if any(changed):
        facts.announce_written(before, after)


CONSUMER = Consumer(NAME, bring, verbs, lock="ledger")


def replay() -> int:
    """Bring all that was ever written into the ledger again; gives how many events that are."""
    return events.replay(CONSUMER)
