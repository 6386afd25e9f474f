"""Figures about the installation that an app declares, for whoever watches over it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True)
class Figure:
    """A gauge: its name, what it says, and its values by one label; `label` is empty for one."""

    name: str
    text: str
    label: str
    values: Iterable[tuple[str, float]]


def by_status(name: str, text: str, found: QuerySet[Any]) -> Figure:
    """How many there are of each status."""
    rows = found.order_by().values_list("status").annotate(Count("pk"))
    return Figure(name, text, "status", rows)
