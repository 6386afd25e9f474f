"""The customer list: how many there are, their sales, and the customers of any page of it."""

from __future__ import annotations

from decimal import Decimal  # a kept figure is read into it
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Sum, Window
from django.http import QueryDict
from django_tables2.data import TableQuerysetData

from kefen_crm.customers.heads import Head, asks_other_tables, head
from kefen_crm.customers.models import figures_day
from kefen_crm.customers.queries import some_who_sees_all, visible_to
from kefen_crm.gateway.filters import OfClass
from kefen_crm.gateway.filters import query as address
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.grading.home import overview_of
from kefen_crm.grading.queries import busy
from kefen_crm.platform.filters import narrowed
from kefen_crm.platform.remembered import remembered

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Run


_FIRST = 50
"""Keys that are read together with the totals where other tables are asked."""


def totals(customers: QuerySet[Customer]) -> dict[str, Any]:
    """How many `customers` there are, and their `sales`."""
    if asks_other_tables(customers):
        first = _first(customers)
        return {"customers": first.count, "sales": first.sales}
    count, sales = remembered(
        customers.order_by().values("pk"),
        "totals",
        lambda: _totals(customers.order_by()),
        stored=tuple[int, Decimal | None],
    )
    return {"customers": count, "sales": sales}


def _totals(customers: QuerySet[Customer]) -> tuple[int, Decimal | None]:
    found = customers.aggregate(customers=Count("pk"), sales=Sum("sales"))
    return found["customers"], found["sales"]


def read_ahead() -> None:
    """Ask for what the list begins with for whoever sees all: of everybody, and of each class."""
    user = some_who_sees_all()
    if user is None:
        return
    everybody = visible_to(user)
    totals(everybody)
    if standing := overview_of(user).standing:
        for one in standing.tallies:
            totals(narrowed(everybody, QueryDict(address(OfClass(standing.scheme.name, one.key)))))


def _first(customers: QuerySet[Customer]) -> Head:
    ordered = _ordered(customers)
    return remembered(
        ordered.values("pk"), "first", lambda: head(ordered, "pk", size=_FIRST), stored=Head
    )


def _ordered(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """In their order, the code deciding between equals, and nothing else read with them."""
    if order := [one for one in customers.query.order_by if one != "code"]:
        customers = customers.order_by(*order, "code")
    return customers.select_related(None).prefetch_related(None)


def first_runs() -> list[Run] | None:
    """The runs that bring the customers of the facts here, the first of all; else None.

    Without any at work, the facts are there and somebody is to grade.
    """
    return list(busy()) if figures_day() is None and newest_version() else None


class Listed(TableQuerysetData):
    """Customers of a table, `known` in number; a slice reads their keys, then them alone."""

    def __init__(self, customers: QuerySet[Customer], known: int) -> None:
        super().__init__(customers)
        self.known = known

    def __len__(self) -> int:
        return self.known

    def __getitem__(self, part: slice | int) -> Any:
        if not isinstance(part, slice):
            return super().__getitem__(part)
        start, end, _step = part.indices(self.known)
        keys = page_keys(self.data, start, end, self.known)
        found = self.data.order_by().in_bulk(keys)
        return [found[key] for key in keys if key in found]


def page_keys(customers: QuerySet[Customer], start: int, end: int, known: int) -> list[int]:
    """The keys of the customers from `start` to `end` of `known` in their order.

    The code decides between equals. They are found within the index of the order, from its end
    where that is nearer; collected first where other tables are asked.
    """
    if end <= start:
        return []
    ordered = _ordered(customers)
    if asks_other_tables(customers):
        if end <= _FIRST:
            return [key for (key,) in _first(customers).rows[start:end]]
        collected = ordered.annotate(whole_count=Window(Count("pk"))).values_list(
            "pk", "whole_count"
        )
        part = collected[start:end]
        return [key for key, _count in remembered(part, "keys", lambda: list(part))]
    backwards = start > known - end
    if backwards:
        ordered, start, end = ordered.reverse(), known - end, known - start
    keys = ordered.values_list("pk", flat=True)[start:end]
    found: list[int] = remembered(keys, "keys", lambda: list(keys))
    return found[::-1] if backwards else found
