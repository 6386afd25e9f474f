"""Which columns a person sees in the list of customers: the list's own and those of other apps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kefen_crm.customer_pages.saved import current
from kefen_crm.customer_pages.tables import CHOICES, SHOWN
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from kefen_crm.platform.parts import Columns, ColumnSet, ListColumn

OWN = "column"
"""The parameter that names columns of the list itself."""


@dataclass(frozen=True)
class ShownSet:
    """A set of columns as this request shows it."""

    declared: ColumnSet
    read: Columns


def column_sets(request: HttpRequest) -> list[ShownSet]:
    """The columns of other apps, as chosen."""
    return [
        ShownSet(one, one.read(request, _chosen_of(request, one))) for one in declared("columns")
    ]


def file_columns(request: HttpRequest) -> list[ListColumn]:
    """The columns of other apps that a file of the list has."""
    sets = (
        one.read(request, None if one.filed else _chosen_of(request, one))
        for one in declared("columns")
    )
    return [column for one in sets for column in one.columns if column.values or column.filed]


def chosen_for_files(request: HttpRequest) -> dict[str, list[str]]:
    """The columns that a file has because they are shown, by the parameter that names them."""
    sets = (one for one in declared("columns") if not one.filed)
    return {one.name: list(_chosen_of(request, one)) for one in sets}


def own_columns(request: HttpRequest) -> list[str]:
    """The shown columns of the list itself."""
    chosen = _chosen(request, OWN, "customer_columns", SHOWN)
    return [name for name in CHOICES if name in chosen]


def shown_columns(request: HttpRequest) -> dict[str, list[str]]:
    """What is shown, as a view keeps it: by the parameter that names it."""
    found = {OWN: own_columns(request)}
    for one in declared("columns"):
        found[one.name] = list(_chosen_of(request, one))
    return found


def remember(request: HttpRequest) -> None:
    """Keep what was chosen, for as long as this person is signed in."""
    if asked := _asked(request):
        request.session["customer_columns"] = asked[OWN]
        for one in declared("columns"):
            request.session[_kept(one)] = asked[one.name]


def beside_columns(request: HttpRequest) -> list[tuple[str, str]]:
    """What the address says of the list but for its columns and its page: kept with new columns."""
    others = {"columns", "page", OWN, *(one.name for one in declared("columns"))}
    return [
        (name, value)
        for name in request.GET
        if name not in others
        for value in request.GET.getlist(name)
        if value
    ]


def _chosen_of(request: HttpRequest, one: ColumnSet) -> Sequence[str]:
    return _chosen(request, one.name, _kept(one), one.first)


def _chosen(request: HttpRequest, name: str, kept: str, first: Sequence[str]) -> Sequence[str]:
    """What the address chooses, else the view that it names, else what was chosen before."""
    if asked := _asked(request):
        return asked[name]
    view = current(request)
    if view and isinstance(view.columns.get(name), list):
        known: list[str] = view.columns[name]
        return known
    remembered: Sequence[str] = request.session.get(kept, first)
    return remembered


def _asked(request: HttpRequest) -> dict[str, list[str]]:
    """The columns that the address chooses, by the parameter that names them.

    Names of no column are left out; where none remains, it chooses nothing.
    """
    if not hasattr(request, "asked_columns"):
        found = _known(request) if "columns" in request.GET else {}
        request.asked_columns = found if any(found.values()) else {}  # type: ignore[attr-defined]
    asked: dict[str, list[str]] = request.asked_columns  # type: ignore[attr-defined]
    return asked


def _known(request: HttpRequest) -> dict[str, list[str]]:
    found = {OWN: [name for name in request.GET.getlist(OWN) if name in CHOICES]}
    for one in declared("columns"):
        names = request.GET.getlist(one.name)
        shown = one.read(request, names).shown if names else ()
        found[one.name] = [name for name in names if name in shown]
    return found


def _kept(one: ColumnSet) -> str:
    return f"customer_{one.name}s"
