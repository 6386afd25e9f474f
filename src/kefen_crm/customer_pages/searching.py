"""Finds customers, and orders and invoices by their numbers, while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from kefen_crm.customers import search
from kefen_crm.customers.finding import best
from kefen_crm.customers.queries import visible_to
from kefen_crm.gateway.kinds import labels
from kefen_crm.gateway.sales import documents_numbered
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_LISTED = 8
_FEW = 5


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """The few best matches among the customers this person may see."""
    for customer in best(visible_to(request.user), text, _LISTED, ("code", "name", "contact")):
        address = reverse("customers:detail", args=[customer.code])
        met = text.casefold() in customer.contact.casefold()
        note = f"{customer.code} · {customer.contact}" if met else customer.code
        yield Hit(customer.name, note, address)


def find_documents(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Orders and invoices of this number, of the customers this person may see."""
    if not search.number_like(text):
        return
    found = documents_numbered(text.strip())
    seen = visible_to(request.user).filter(code__in={one.customer for one in found})
    names = dict(seen.values_list("code", "name"))
    shown = [one for one in found if one.customer in names][:_FEW]
    for one in shown:
        title, _columns = labels(one.kind)
        money = numbers.money(one.amount) if one.amount is not None else ""
        told = [title, names[one.customer], numbers.day(one.on), money]
        address = reverse("customers:detail", args=[one.customer])
        yield Hit(one.number, " · ".join(filter(None, told)), address)
