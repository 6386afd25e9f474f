"""Brings facts noted by hand into the ledger, each under its number."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from kefen_crm.noted_facts.kinds import KINDS
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.platform.parts import LedgerFeed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.noted_facts.kinds import NotedKind
    from kefen_crm.platform.models import Event

DONE = ("noted", "corrected", "withdrawn")


def rows_of(kind: NotedKind, found: Sequence[Event]) -> dict[str, list[Mapping[str, Any]]]:
    """The row of each fact that stands, by its number; none for one that was withdrawn."""
    facts = NotedFact.objects.filter(pk__in=[one.object_id for one in found])
    return {
        one.number: [row_of(kind, one)] if one.in_force else []
        for one in facts.select_related("customer", "by")
    }


def row_of(kind: NotedKind, fact: NotedFact) -> dict[str, Any]:
    """A fact as the ledger has it; of an interaction also who noted it."""
    who = {"by": fact.by.display_name} if kind.thing == "interaction" else {}
    return {kind.key: fact.number, "customer_id": fact.customer.code, **who, **fact.given}


FEEDS = tuple(
    LedgerFeed(one.kind, tuple(f"{one.thing}.{done}" for done in DONE), partial(rows_of, one))
    for one in KINDS.values()
)
