"""Custom fields as columns of the customer list and of its file."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import django_tables2 as tables
from django.db.models import OuterRef, Prefetch, Subquery
from django.utils.translation import gettext_lazy as _

from kefen_crm.custom_fields.models import CustomField, FieldValue
from kefen_crm.custom_fields.queries import fields_of
from kefen_crm.custom_fields.values import shown
from kefen_crm.platform.columns import RIGHT
from kefen_crm.platform.parts import Columns, ColumnSet, ListColumn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer

NUMBERS = (CustomField.Kind.NUMBER, CustomField.Kind.MONEY)


class FieldColumn(tables.Column):
    """What a custom field holds, from the prefetched `shown_values`."""

    def __init__(self, field: CustomField) -> None:
        attrs = RIGHT if field.kind in NUMBERS else {}
        super().__init__(orderable=False, empty_values=(), attrs=attrs)
        self.field = field

    def render(self, record: Customer) -> str:
        return shown(self.field, _text(self.field, record))


def _text(field: CustomField, customer: Customer) -> str:
    held: list[FieldValue] = customer.shown_values  # type: ignore[attr-defined]
    return next((one.value for one in held if one.field_id == field.pk), "")


def _column(field: CustomField) -> ListColumn:
    """The column of a field; a file has its numbers as numbers."""
    return ListColumn(
        f"custom_{field.pk}",
        field.name,
        FieldColumn(field),
        filed=partial(_held, field),
        read=_number if field.kind in NUMBERS else partial(shown, field),
    )


def _held(field: CustomField) -> Subquery:
    """The stored text of a customer in SQL."""
    held = FieldValue.objects.filter(field=field, customer=OuterRef("pk"))
    return Subquery(held.values("value"))


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _read(request: HttpRequest, names: Collection[str] | None) -> Columns:
    known = fields_of(request)
    wanted = [one for one in known if names is None or one.key in names]
    return Columns(
        choices=[(one.key, one.name) for one in known],
        shown={one.key for one in wanted},
        columns=[_column(one) for one in wanted],
        fetch=partial(_with_values, wanted),
    )


def _with_values(
    wanted: Sequence[CustomField], customers: QuerySet[Customer]
) -> QuerySet[Customer]:
    if not wanted:
        return customers
    held = FieldValue.objects.filter(field__in=wanted)
    return customers.prefetch_related(Prefetch("custom_values", held, to_attr="shown_values"))


CUSTOM_FIELDS = ColumnSet(name="custom", title=_("Custom fields"), first=(), read=_read)
