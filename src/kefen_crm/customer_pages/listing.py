"""The customer list: how many there are, their sales, and the customers of any page of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Sum
from django_tables2.data import TableQuerysetData

from kefen_crm.platform.remembered import remembered

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer


def totals(customers: QuerySet[Customer]) -> dict[str, Any]:
    """How many `customers` there are, and their `sales`."""
    every = customers.order_by()
    return remembered(
        every, "totals", lambda: every.aggregate(customers=Count("pk"), sales=Sum("sales"))
    )


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
    where that is nearer.
    """
    if end <= start:
        return []
    order = [one for one in customers.query.order_by if one != "code"]
    ordered = customers.order_by(*order, "code").select_related(None).prefetch_related(None)
    backwards = start > known - end
    if backwards:
        ordered, start, end = ordered.reverse(), known - end, known - start
    keys = ordered.values_list("pk", flat=True)[start:end]
    found: list[int] = remembered(keys, "keys", lambda: list(keys))
    return found[::-1] if backwards else found
