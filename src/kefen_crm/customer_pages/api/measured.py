"""Indicators of the customers of a list: told of each, and as the order of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.utils.translation import gettext as _

from kefen_crm.customer_pages.api.shapes import MeasuredOut
from kefen_crm.gateway.measured import values_of
from kefen_crm.grading.measured import source_of, value_in
from kefen_crm.platform.api.paging import after
from kefen_crm.platform.api.problems import Fault, Refused, pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer


def indicators_of(codes: Sequence[str], asked: Sequence[str]) -> dict[str, list[MeasuredOut]]:
    """The indicators that were asked for, of each of these customers.

    Raises:
        Refused: where there is no such indicator.
    """
    found: dict[str, list[MeasuredOut]] = {code: [] for code in codes}
    for at, name in enumerate(asked):
        source = _source(name, "indicator", at)
        values = values_of(source, name.partition(":")[2], codes) if source else {}
        for code in codes:
            found[code].append(MeasuredOut(indicator=name, value=values.get(code)))
    return found


def measured_pages(
    customers: QuerySet[Customer], measure: str, sort: str, cursor: str
) -> tuple[QuerySet[Customer], Callable[[Customer], list[str]]]:
    """Customers by an indicator, from a cursor on; and the key of one for the next page.

    Those without it come last either way; the code decides between equals.

    Raises:
        Refused: where there is no such indicator.
    """
    source = _source(measure, "measure")
    if not source:
        return customers.none(), lambda _each: []
    found = customers.annotate(measured_value=value_in(source, measure.partition(":")[2]))
    if key := after(cursor, str, str):
        found = found.filter(_behind(*key, most_first=sort.startswith("-")))
    by = F("measured_value")
    place = by.desc(nulls_last=True) if sort.startswith("-") else by.asc(nulls_last=True)
    return found.order_by(place, "code"), _key


def _behind(value: str, code: str, *, most_first: bool) -> Q:
    """What comes behind the customer of this code, whose indicator is this or none."""
    none = Q(measured_value__isnull=True)
    if not value:
        return none & Q(code__gt=code)
    at = _number(value)
    further = Q(measured_value__lt=at) if most_first else Q(measured_value__gt=at)
    return further | Q(measured_value=at, code__gt=code) | none


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        detail = _("This is not a cursor of this list. Take the address in `next` as it is.")
        fault = Fault(code="bad-cursor", detail=detail, part="query", pointer=pointer(["cursor"]))
        raise Refused(422, "bad-cursor", detail, [fault]) from error


def _key(each: Customer) -> list[str]:
    value = each.measured_value  # type: ignore[attr-defined]  # annotated
    return ["" if value is None else repr(value), each.code]


def _source(name: str, parameter: str, *place: int) -> str:
    source = source_of(name)
    if source is None:
        detail = _("There is no such indicator.")
        at = pointer([parameter, *(str(one) for one in place)])
        fault = Fault(code="unknown-indicator", detail=detail, part="query", pointer=at)
        raise Refused(422, "not-valid", detail, [fault])
    return source
