"""The timeline of a customer: events of the site and what else happened, the newest first.

A page begins after the last line of the one before, by its moment and its key, so that older
pages cost no more than the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q

from kefen_crm.audit import queries
from kefen_crm.platform.models import Event
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from kefen_crm.audit.queries import Entry
    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.parts import Moment

_EVENT = "~"
"""Begins the keys of events, which come before all else of the same moment."""


@dataclass(frozen=True)
class Line:
    """One line of a timeline: an event in words, or a moment of another app."""

    entry: Entry | None
    moment: Moment | None


@dataclass(frozen=True)
class Place:
    """Where a page begins: after the line of this moment and key."""

    at: datetime
    key: str

    @classmethod
    def read(cls, text: str) -> Place:
        """From an address; also the id of an event.

        Raises:
            ValueError: for anything else.
        """
        at, bar, key = text.partition("|")
        if bar:
            found = datetime.fromisoformat(at)
            if found.tzinfo is None:
                raise ValueError(text)
            if key.startswith(_EVENT):
                UUID(key.removeprefix(_EVENT))
            return cls(found, key)
        event = Event.objects.filter(pk=UUID(text)).first()
        if event is None:
            raise ValueError(text)
        return cls(event.at, _EVENT + event.pk.hex)

    def __str__(self) -> str:
        return f"{self.at.isoformat()}|{self.key}"


def groups(customer: Customer, newest: Mapping[str, Any]) -> list[str]:
    """What the timeline of a customer is filtered by, each once: no group without an event.

    `newest` is the first page of it; where nothing is older, its lines tell.
    """
    if newest["older"]:
        events = queries.of_customer(customer).order_by()
        verbs = set(events.values_list("verb", flat=True).distinct())
    else:
        verbs = {one.entry.event.verb for one in newest["lines"] if one.entry}
    found = [name for name, those in queries.groups().items() if not verbs.isdisjoint(those)]
    named = [str(one) for source in declared("moments") for one in source.groups]
    return list(dict.fromkeys([*found, *named]))


def page(
    request: HttpRequest,
    customer: Customer,
    limit: int,
    place: Place | None = None,
    group: str = "",
) -> dict[str, Any]:
    """The lines after a place, of one group or of all, and where older ones begin."""
    found = [
        *_events(customer, limit, place, group),
        *_moments(request, customer, limit, place, group),
    ]
    found.sort(key=lambda one: (one[0].at, one[0].key), reverse=True)
    shown = found[:limit]
    entries = queries.in_words([thing for _at, thing in shown if isinstance(thing, Event)])
    by_id = {one.event.pk: one for one in entries}
    lines = [
        Line(by_id[thing.pk], None) if isinstance(thing, Event) else Line(None, thing)
        for _at, thing in shown
    ]
    older = str(shown[-1][0]) if len(found) > limit else ""
    return {"lines": lines, "older": older, "group": group}


def _events(
    customer: Customer, limit: int, place: Place | None, group: str
) -> list[tuple[Place, Event | Moment]]:
    events = queries.of_customer(customer).order_by("-at", "-id")
    if group:
        events = events.filter(verb__in=queries.groups().get(group, ()))
    if place is not None:
        earlier = Q(at__lt=place.at)
        if place.key.startswith(_EVENT):
            earlier |= Q(at=place.at, id__lt=UUID(place.key.removeprefix(_EVENT)))
        events = events.filter(earlier)
    return [(Place(one.at, _EVENT + one.pk.hex), one) for one in events[: limit + 1]]


def _moments(
    request: HttpRequest, customer: Customer, limit: int, place: Place | None, group: str
) -> list[tuple[Place, Event | Moment]]:
    before = place.at if place else None
    found: list[tuple[Place, Event | Moment]] = []
    for source in declared("moments"):
        if group and group not in [str(one) for one in source.groups]:
            continue
        for one in source.read(request, customer, before, limit + 1):
            at = Place(one.at, one.key)
            later = place is not None and (at.at, at.key) >= (place.at, place.key)
            if not later and (not group or str(one.group) == group):
                found.append((at, one))
    return found
