"""Finds the facts noted by hand that imports brought later, under numbers of their own.

Such a fact counts twice until a person says what is true: it is the same, then the note is
withdrawn, or both are.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.dispatch import receiver

from kefen_crm.gateway.same_facts import same
from kefen_crm.noted_facts.kinds import KINDS
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.platform import events
from kefen_crm.platform.facts import facts_changed
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.gateway.same_facts import Looks

LOOK: Final = "noted_facts.look"
KIND: Final = NotedFact.Kind
MONEY: Final = (KIND.ORDERS, KIND.RETURNS, KIND.INVOICES, KIND.PAYMENTS)
"""The kinds that are told apart by their money."""


@receiver(facts_changed, dispatch_uid="noted_facts_look")
def look_later(**_more: Any) -> list[Any]:
    """Queue looking, where anything was noted."""
    if NotedFact.objects.filter(kind__in=MONEY).exclude(state=NotedFact.State.WITHDRAWN).exists():
        later_once(LOOK, lock=LOOK)
    return []


def look() -> int:
    """Note of each fact which imported one looks the same; gives how many are new."""
    return sum(_look(kind) for kind in MONEY)


def _look(kind: str) -> int:
    stand = NotedFact.objects.filter(kind=kind, amount__isnull=False)
    stand = stand.exclude(state=NotedFact.State.WITHDRAWN).order_by("pk")
    by_look: dict[Looks, list[NotedFact]] = defaultdict(list)
    for fact in stand.select_related("customer"):
        assert fact.amount is not None
        by_look[(fact.customer.code, fact.on, fact.amount)].append(fact)
    imported = same(kind, by_look)
    return sum(_told(facts, imported.get(look, ())) for look, facts in by_look.items())


def _told(facts: Iterable[NotedFact], numbers: Iterable[str]) -> int:
    """Give each fact a number of its own while there are any."""
    stand = list(facts)
    free = [number for number in numbers if number not in {one.same_as for one in stand}]
    known, new = set(numbers), 0
    for fact in stand:
        if fact.same_as in known:
            continue
        before, fact.same_as = fact.same_as, free.pop(0) if free else ""
        if fact.same_as == before:
            continue
        with transaction.atomic():
            fact.save(update_fields=["same_as"])
            if fact.same_as:
                new += 1
                found = {"same_as": fact.same_as}
                events.record(None, f"{KINDS[fact.kind].thing}.imported", fact, after=found)
    return new
