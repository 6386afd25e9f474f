"""The customers of the list as rows of a file."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.models import TextField, Value
from django.utils.translation import gettext_lazy as _
from django_tables2.data import TableQuerysetData

from kefen_crm.customer_pages.columns import file_columns
from kefen_crm.customer_pages.selecting import listed
from kefen_crm.customer_pages.tables import CHOICES, CustomerTable
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import days_since_purchase
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kefen_crm.platform.parts import ListColumn

FIELDS = (
    "code", "name", "contact", "phone", "email", "region", "province", "city", "industry", "size",
    "customer_type", "source_channel", "owner", "credit_limit", "sales", "profit", "orders",
    "recency", "first_order_on", "last_order_on",
)  # fmt: skip
_DERIVED = {"recency": _("days since last purchase")}
"""What no column has."""
_OWNER = FIELDS.index("owner")
_AT_ONCE = 5_000
_NOTHING = Value(None, output_field=TextField())


def rows(request: HttpRequest) -> Iterator[list[Any]]:
    """The customers that the address lists, in its order: the heading, then a row a customer.

    They have the list's own fields and the columns of other apps.
    """
    extra = file_columns(request)
    every = CustomerTable(
        TableQuerysetData(listed(request)),
        extra=extra,
        shown=CHOICES,
        order_by=request.GET.get("sort", ""),
    )
    yield from _rows(every.data.data, extra)


def _rows(customers: QuerySet[Customer], extra: list[ListColumn]) -> Iterator[list[Any]]:
    meta = Customer._meta  # noqa: SLF001  # Django's documented way to field names
    labels = [
        str(_DERIVED.get(field) or meta.get_field(field).verbose_name)  # type: ignore[union-attr]
        for field in FIELDS
    ]
    yield labels + [one.title for one in extra]
    owners = {one.pk: one.display_name for one in User.objects.all()}
    columns = [days_since_purchase() if field in _DERIVED else field for field in FIELDS]
    filed = [one.filed() if one.filed else _NOTHING for one in extra]
    places = list(enumerate(extra, len(FIELDS)))
    read = [(at, one.read) for at, one in places if one.read]
    asked = [(at, one.values) for at, one in places if one.values]
    every = customers.values_list(*columns, *filed, "pk", "owner_name")
    listed = every.iterator(chunk_size=_AT_ONCE)
    while part := list(islice(listed, _AT_ONCE)):
        keys = [row[-2] for row in part]
        values = [(at, find(keys)) for at, find in asked]
        for *row, key, owner_name in part:
            row[_OWNER] = owners.get(row[_OWNER], owner_name)
            for at, cell_of in read:
                row[at] = cell_of(row[at])
            for at, found in values:
                row[at] = found.get(key)
            yield row
