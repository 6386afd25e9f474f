"""What the customer's page shows of custom fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kefen_crm.custom_fields.queries import fields_of, values_of
from kefen_crm.custom_fields.values import shown
from kefen_crm.customers.queries import may_change
from kefen_crm.platform.numbers import NOTHING
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.custom_fields.models import CustomField, FieldValue
    from kefen_crm.customers.models import Customer


@dataclass(frozen=True)
class FieldRow:
    """One field as it stands; `other` is what imports bring instead, where one is to choose.

    `unfit` is what they bring that does not fit the type.
    """

    field: CustomField
    text: str
    held: FieldValue | None
    other: str | None
    unfit: str


def rows(request: HttpRequest, customer: Customer) -> list[FieldRow]:
    """Every field of a customer, in their order."""
    known = fields_of(request)
    held = values_of(customer) if known else {}
    return [_row(one, held.get(one.pk)) for one in known]


def _row(field: CustomField, held: FieldValue | None) -> FieldRow:
    if held is None:
        return FieldRow(field, "", None, None, "")
    other = None if held.incoming is None else shown(field, held.incoming) or NOTHING
    unfit = held.base if not held.value and not held.written else ""
    return FieldRow(field, shown(field, held.value), held, other, unfit)


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The fields that hold something, and a way to write all; nothing without any field."""
    found = rows(request, customer)
    if not found:
        return None
    user = request.user
    writable = may(user, Permit.EDIT_CUSTOMERS) and may_change(user, customer)
    filled = [one for one in found if one.text or one.unfit or one.other is not None]
    if not filled and not writable:
        return None
    return {
        "filled": filled,
        "empty": len(found) - len(filled),
        "to_choose": sum(one.other is not None for one in found),
        "writable": writable,
    }
