"""The site's customers as `kefen.matching` compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.apps import apps

from kefen_crm.custom_fields.forms import START
from kefen_crm.custom_fields.models import FieldValue
from kefen_crm.custom_fields.queries import fields
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway.matching import IDENTIFIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from kefen_crm.custom_fields.models import CustomField

_COLUMNS = ("pk", "name", "address", "province", "city", "birthday", "phone", "email", "attributes")
NUMBERS: Final = (
    "统一社会信用代码",
    "社会信用代码",
    "信用代码",
    "纳税人识别号",
    "税号",
    "tax number",
    "tax id",
    "vat number",
)
"""What a tax or credit number is called."""
_CHUNK = 20_000


def everybody() -> Iterator[dict[str, Any]]:
    """Every current customer, as a record."""
    return records(Customer.objects.filter(standing__in=CURRENT).order_by("pk"))


def records(customers: QuerySet[Customer]) -> Iterator[dict[str, Any]]:
    """Customers as records, with the numbers and addresses of their contacts."""
    reaches, numbers = _reaches(customers), _numbers(customers)
    for row in customers.values_list(*_COLUMNS).iterator(_CHUNK):
        one = record(dict(zip(_COLUMNS, row, strict=True)), reaches.get(row[0], ()))
        one["number"] += [each for each in numbers.get(row[0], ()) if each not in one["number"]]
        yield one


def number_fields() -> dict[str, CustomField]:
    """The custom fields that hold a tax or credit number, by their names in forms."""
    return {
        START + one.key: one
        for one in fields()
        if {one.name_zh.casefold(), one.name_en.casefold()} & set(NUMBERS)
    }


def record(values: dict[str, Any], reaches: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """A record of fields of a customer, and of ways to reach its contacts."""
    found: dict[str, Any] = {kind: [] for kind in IDENTIFIERS}
    for kind in ("phone", "email"):
        if values.get(kind):
            found[kind].append(values[kind])
    for kind, value in reaches:
        found["wechat" if kind in ("wechat", "wecom") else kind].append(value)
    for name, value in (values.get("attributes") or {}).items():
        if str(name).strip().casefold() in NUMBERS and value:
            found["number"].append(str(value))
    born = values.get("birthday")
    return {
        "id": values.get("pk", 0),
        "name": values.get("name", ""),
        "address": values.get("address", ""),
        "place": values.get("city") or values.get("province") or "",
        "birthday": str(born) if born else "",
        **found,
    }


def _reaches(customers: QuerySet[Customer]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    reach = apps.get_model("contacts.Reach")  # a screen beside this one
    rows = reach.objects.filter(contact__left_on=None, contact__customer__in=customers.order_by())
    for pk, kind, value in rows.values_list("contact__customer", "kind", "normal"):
        found.setdefault(pk, []).append((kind, value))
    return found


def _numbers(customers: QuerySet[Customer]) -> dict[int, list[str]]:
    """What custom fields hold of numbers, which the ledger may not have yet."""
    known = list(number_fields().values())
    found: dict[int, list[str]] = {}
    if known:
        held = FieldValue.objects.filter(field__in=known, customer__in=customers.order_by())
        for pk, value in held.exclude(value="").values_list("customer", "value"):
            found.setdefault(pk, []).append(value)
    return found
