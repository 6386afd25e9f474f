"""What imports bring for custom fields: further attributes of customers, under a field's names.

What a person wrote stands; where imports bring something else than when it was written, that is
noted for a person to choose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.db.models import F
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from kefen_crm.custom_fields.feeds import row
from kefen_crm.custom_fields.models import CustomField, FieldValue
from kefen_crm.custom_fields.values import fits
from kefen_crm.customers.signals import synchronised
from kefen_crm.gateway import feeding
from kefen_crm.gateway.ledger import opened
from kefen_crm.platform import facts
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

LAND: Final = "custom_fields.land"
AT_ONCE: Final = 5_000


def listen() -> None:
    """Follow every synchronisation."""
    synchronised.connect(_follow, dispatch_uid="custom_fields_follow_imports")


def _follow(**_more: Any) -> None:
    take_over(CustomField.objects.filter(retired=False))


def take_over(fields: Iterable[CustomField]) -> None:
    """Bring the values of fields up to what the ledger says of its customers."""
    land = False
    for field in fields:
        land |= _take_over(field)
    if land:
        later_once(LAND, lock="ledger")


def _take_over(field: CustomField) -> bool:
    """As `take_over`; whether the ledger calls or writes values otherwise than the field does."""
    names = field.headings
    told = ", ".join("NULLIF(attributes ->> %s, '')" for _name in names)
    with connection.cursor() as cursor:
        cursor.execute(_BROUGHT.format(told), [field.attribute, *names])
        cursor.execute(_GONE, [field.pk])
        cursor.execute(_CHANGED, [field.pk])
        rows = cursor.fetchall()
    now, otherwise = timezone.now(), False
    made: list[FieldValue] = []
    mended: list[FieldValue] = []
    for customer, brought, named, pk, written, base, value, incoming in rows:
        fit = fits(field, brought)
        if written:
            other = fit if fit not in ("", value, fits(field, base)) else None
            if other != incoming:
                mended.append(FieldValue(pk=pk, value=value, base=base, incoming=other, at=now))
            continue
        otherwise |= bool(fit) and named != fit
        one = FieldValue(pk=pk, customer_id=customer, field=field, value=fit, base=brought, at=now)
        (mended if pk else made).append(one)
    FieldValue.objects.bulk_create(made, batch_size=AT_ONCE)
    FieldValue.objects.bulk_update(mended, ["value", "base", "incoming"], batch_size=AT_ONCE)
    return otherwise


_BROUGHT = """
    DROP TABLE IF EXISTS brought_value;
    CREATE TEMPORARY TABLE brought_value ON COMMIT DROP AS
        SELECT id, attributes ->> %s AS named, COALESCE({}) AS brought
        FROM customers_customer WHERE attributes <> '{{}}'
"""
_GONE = """
    DELETE FROM custom_fields_fieldvalue AS held
    WHERE field_id = %s AND NOT written AND NOT EXISTS (
        SELECT FROM brought_value WHERE id = held.customer_id AND brought IS NOT NULL)
"""
_CHANGED = """
    SELECT told.id, told.brought, told.named, held.id, COALESCE(held.written, false),
        held.base, held.value, held.incoming
    FROM brought_value AS told LEFT JOIN custom_fields_fieldvalue AS held
        ON held.customer_id = told.id AND held.field_id = %s
    WHERE told.brought IS NOT NULL AND CASE WHEN held.written
        THEN told.brought <> held.value OR held.incoming IS NOT NULL
        ELSE told.brought IS DISTINCT FROM held.base END
"""


def land() -> None:
    """Have the ledger say what imports brought under the field's own name and in its own form.

    So schemes ask for one attribute, whatever the heading of a file was.
    """
    with opened() as ledger:
        before = ledger.version
        for rows in _otherwise():
            feeding.land(ledger, "customers", rows)
        after = ledger.version
    if after != before:
        facts.announce_written(before, after)


def _otherwise() -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Rows for what the ledger has otherwise, some customers of one field at a time."""
    for field in CustomField.objects.filter(retired=False):
        held = FieldValue.objects.filter(field=field, written=False).exclude(value="")
        named = KeyTextTransform(field.attribute, "customer__attributes")
        told = held.annotate(named=named)
        found = _distinct(told).select_related("customer").order_by("pk")
        last = 0
        while these := list(found.filter(pk__gt=last)[:AT_ONCE]):
            yield {
                one.customer.code: [row(one.customer, {field.attribute: one.value})]
                for one in these
            }
            last = these[-1].pk


def _distinct(told: QuerySet[Any]) -> QuerySet[Any]:
    """Those whose `named`, what the ledger says by the field's name, is not their value."""
    return told.exclude(named__isnull=False, named=F("value"))
