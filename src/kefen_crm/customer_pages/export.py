"""The customer list as a file, streamed row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kefen_crm.customers.models import Customer
from kefen_crm.gateway import LAPSED
from kefen_crm.grading.queries import BESIDE, UNRATED
from kefen_crm.platform.downloads import download

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from kefen_crm.grading.models import Scheme

FIELDS = (
    "code", "name", "contact", "phone", "email", "region", "province", "city", "industry", "size",
    "customer_type", "source_channel", "owner", "credit_limit", "sales", "profit", "orders",
    "recency", "first_order_on", "last_order_on",
)  # fmt: skip
_AT_ONCE = 2_000


def response(customers: QuerySet[Customer], schemes: list[Scheme], form: str) -> HttpResponse:
    """A download named by the day; `customers` carry `shown_classes` of `schemes`."""
    return download(_rows(customers, schemes), _("Customers"), form)


def _rows(customers: QuerySet[Customer], schemes: list[Scheme]) -> Iterator[list[Any]]:
    meta = Customer._meta  # noqa: SLF001  # Django's documented way to field names
    labels = [str(meta.get_field(field).verbose_name) for field in FIELDS]  # type: ignore[union-attr]
    yield labels + [scheme.title for scheme in schemes]
    titles = {scheme.pk: {one.key: one.title for one in scheme.classes} for scheme in schemes}
    for customer in customers.iterator(chunk_size=_AT_ONCE):
        keys = {one.scheme_id: one.class_key for one in customer.shown_classes}  # type: ignore[attr-defined]
        figures = [getattr(customer, field) for field in FIELDS]
        yield figures + [_title(titles[pk], keys.get(pk)) for pk in titles]


def _title(titles: dict[str, str], key: str | None) -> str:
    return titles.get(key or "") or str(dict(BESIDE)[LAPSED if key == LAPSED else UNRATED])
