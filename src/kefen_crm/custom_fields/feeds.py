"""Brings custom fields into the ledger, as further attributes of the customer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from kefen_crm.custom_fields.models import CustomField, FieldValue
from kefen_crm.customers.models import Customer
from kefen_crm.platform.parts import LedgerFeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.platform.models import Event

WRITTEN: Final = "custom_field.written"
CHOSEN: Final = "custom_field.chosen"


def rows_of(found: Sequence[Event]) -> dict[str, list[dict[str, Any]]]:
    """The fields of these customers that people wrote, or took back to what imports bring."""
    named: dict[int, set[str]] = {}
    for event in found:
        if event.customer_id:
            told = {**(event.before or {}), **(event.after or {})}
            named.setdefault(event.customer_id, set()).update(told)
    attributes = dict(CustomField.objects.values_list("key", "attribute"))
    rows: dict[int, dict[str, str]] = {
        pk: {attributes[key]: "" for key in keys if key in attributes} for pk, keys in named.items()
    }
    held = FieldValue.objects.filter(customer__in=named).select_related("field")
    for one in held:
        if one.incoming is not None:  # nobody has chosen yet: theirs is left in the ledger
            rows[one.customer_id].pop(one.field.attribute, None)
        elif one.written or one.by_id or one.field.attribute in rows[one.customer_id]:
            rows[one.customer_id][one.field.attribute] = one.value
    people = Customer.objects.filter(pk__in=[pk for pk, told in rows.items() if told])
    return {one.code: [row(one, rows[one.pk])] for one in people if one.current}


def row(customer: Customer, attributes: dict[str, str]) -> dict[str, Any]:
    """A customer's row of the ledger that says nothing but these attributes."""
    told = json.dumps(attributes, ensure_ascii=False, sort_keys=True)
    return {"customer_id": customer.code, "attributes": told}


FEEDS = (LedgerFeed("customers", (WRITTEN, CHOSEN), rows_of),)
