"""The customer list as a file, streamed row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kefen_crm.customers.models import Customer
from kefen_crm.platform.downloads import download

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from kefen_crm.platform.parts import ListColumn

FIELDS = (
    "code", "name", "contact", "phone", "email", "region", "province", "city", "industry", "size",
    "customer_type", "source_channel", "owner", "credit_limit", "sales", "profit", "orders",
    "recency", "first_order_on", "last_order_on",
)  # fmt: skip
_SHOWN = {"owner": "owner_title"}
"""What is written of a field where that is not the field itself."""
_AT_ONCE = 2_000


def response(customers: QuerySet[Customer], extra: list[ListColumn], form: str) -> HttpResponse:
    """A download named by the day; `customers` have what the `extra` columns need."""
    return download(_rows(customers, extra), _("Customers"), form)


def _rows(customers: QuerySet[Customer], extra: list[ListColumn]) -> Iterator[list[Any]]:
    meta = Customer._meta  # noqa: SLF001  # Django's documented way to field names
    labels = [str(meta.get_field(field).verbose_name) for field in FIELDS]  # type: ignore[union-attr]
    valued = [(one.title, one.value) for one in extra if one.value]
    yield labels + [title for title, _value in valued]
    for customer in customers.iterator(chunk_size=_AT_ONCE):
        own = [getattr(customer, _SHOWN.get(field, field)) for field in FIELDS]
        yield own + [value(customer) for _title, value in valued]
