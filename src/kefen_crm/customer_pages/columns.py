"""Which columns a person sees in the list of customers: the list's own and those of other apps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kefen_crm.customer_pages.tables import CHOICES, SHOWN
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.platform.parts import Columns, ColumnSet


@dataclass(frozen=True)
class ShownSet:
    """A set of columns as this request shows it."""

    declared: ColumnSet
    read: Columns


def column_sets(request: HttpRequest) -> list[ShownSet]:
    """The columns of other apps, as chosen."""
    return [
        ShownSet(one, one.read(request, request.session.get(_kept(one), one.first)))
        for one in declared("columns")
    ]


def own_columns(request: HttpRequest) -> list[str]:
    """The shown columns of the list itself."""
    chosen: list[str] = request.session.get("customer_columns", list(SHOWN))
    return [name for name in CHOICES if name in chosen]


def remember(request: HttpRequest) -> None:
    """Keep what was chosen, for as long as this person is signed in."""
    if "columns" in request.GET:
        request.session["customer_columns"] = request.GET.getlist("column")
        for one in declared("columns"):
            request.session[_kept(one)] = request.GET.getlist(one.name)


def _kept(one: ColumnSet) -> str:
    return f"customer_{one.name}s"
