"""Saved views of the customer list: which somebody has, which one an address means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from django.http import QueryDict

from kefen_crm.customer_pages.models import DefaultView, SavedView
from kefen_crm.grading.scopes import above
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

VIEW: Final = "view"
"""The parameter that names a view; 0 is the list without one."""
NONE: Final = "0"
_BESIDE = (VIEW, "page", "pick", "every", "columns", "column")
"""Parameters that are no part of what a view keeps as its address."""
_DIGITS = 18


def views_of(user: Any) -> QuerySet[SavedView]:
    """The views that somebody sees: the own ones, and what others share with them."""
    if not user.is_authenticated:
        return SavedView.objects.none()
    shared = Q(shared=SavedView.Shared.ALL)
    if user.department_id:
        line = above(user.department_id)
        shared |= Q(shared=SavedView.Shared.DEPARTMENT, owner__department__in=line)
    return SavedView.objects.filter(Q(owner=user) | shared).select_related("owner")


def current(request: HttpRequest) -> SavedView | None:
    """The view that the address names, read once for all parts of a page."""
    if not hasattr(request, "saved_view"):
        number = request.GET.get(VIEW, "")
        known = number.isdecimal() and number != NONE and len(number) <= _DIGITS
        found = views_of(request.user).filter(pk=number).first() if known else None
        request.saved_view = found  # type: ignore[attr-defined]
    view: SavedView | None = request.saved_view  # type: ignore[attr-defined]
    return view


def opens_as(request: HttpRequest) -> str:
    """The whole address of the view that a short one means; empty where it means none.

    An address without anything means the view in which this person's list opens.
    """
    if not request.GET:
        found = DefaultView.objects.filter(
            user=request.user.pk, view__in=views_of(request.user)
        ).select_related("view")
        first = found.first()
        return address_of(first.view) if first else ""
    view = current(request) if list(request.GET) == [VIEW] else None
    return address_of(view) if view and view.query else ""


def address_of(view: SavedView) -> str:
    """The part of the address after `?`."""
    told = QueryDict(view.query, mutable=True)
    told[VIEW] = str(view.pk)
    return told.urlencode()


def saved_query(params: QueryDict) -> str:
    """What a view keeps of an address: its filters and its order."""
    beside = {*_BESIDE, *(one.name for one in declared("columns"))}
    told = QueryDict(mutable=True)
    for name in params:
        values = [value for value in params.getlist(name) if value]
        if name not in beside and values:
            told.setlist(name, values)
    return told.urlencode()
