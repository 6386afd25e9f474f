"""The part of a customer list's address that pictures and links write: `?class=abc:A&silent=2`.

An app declares a `Filter` for each parameter that it understands. A parameter may stand several
times: values of one that widens are alternatives within their group, all else narrows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, QueryDict

    from kefen_crm.platform.parts import Choices, Filter

NOBODY = Q(pk__in=[])
"""What a value that cannot be read leaves."""


@dataclass(frozen=True)
class Narrowing:
    """One filter as it stands in the address, with what it means."""

    name: str
    value: str
    text: str
    condition: Q
    group: str | None


def narrowings(params: QueryDict) -> list[Narrowing]:
    """Each filter of the address, readable, in the order of the address."""
    known: dict[str, Filter] = {one.name: one for one in declared("filters")}
    return [
        Narrowing(name, value, *known[name].read(value), group=_group(known[name], value))
        for name in params
        if name in known
        for value in params.getlist(name)
        if value
    ]


def _group(one: Filter, value: str) -> str | None:
    return f"{one.name} {one.group(value)}" if one.group else None


def narrowed(customers: QuerySet[Any], params: QueryDict) -> QuerySet[Any]:
    """The customers that every filter in `params` leaves."""
    together: dict[str, Q] = defaultdict(Q)
    for at, one in enumerate(narrowings(params)):
        together[one.group or str(at)] |= one.condition
    for condition in together.values():
        customers = customers.filter(condition)
    return customers


def choices(request: HttpRequest) -> list[Choices]:
    """The fields that the apps offer for the filters of a customer list."""
    offering = [one.choices for one in declared("filters") if one.choices]
    return [field for offer in offering for field in offer(request)]
