from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.custom_fields.models import CustomField, FieldValue
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.per_request import once

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer


def fields() -> list[CustomField]:
    """The fields that are written, in their order."""
    return list(CustomField.objects.filter(retired=False))


def fields_of(request: HttpRequest) -> list[CustomField]:
    """As `fields`, read once for all parts of a page."""
    return once(request, "custom fields", fields)


def values_of(customer: Customer) -> dict[int, FieldValue]:
    """What the fields of a customer hold, by the id of the field."""
    held = FieldValue.objects.filter(customer=customer).select_related("by")
    return {one.field_id: one for one in held}


def headings(known: Iterable[CustomField]) -> set[str]:
    """The attributes of the ledger that are these custom fields."""
    return {name for field in known for name in field.headings}


def attributes() -> list[tuple[str, str]]:
    """The custom fields as conditions of schemes ask for them: name and label."""
    return [(one.attribute, one.name) for one in fields()]


def classes_of(customers: Collection[int]) -> dict[int, set[str]]:
    """The classes of customers, as `abc:A`, by their ids."""
    found: dict[int, set[str]] = {pk: set() for pk in customers}
    graded = CustomerClass.objects.filter(customer__in=customers, class_key__isnull=False)
    for pk, scheme, key in graded.values_list("customer", "scheme__name", "class_key"):
        found[pk].add(f"{scheme}:{key}")
    return found
