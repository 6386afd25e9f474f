"""Finds key accounts by name, tenders and contracts by number or title, while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse

from kefen_crm.customers.finding import few
from kefen_crm.customers.queries import visible_to
from kefen_crm.key_accounts.models import Contract, Tender
from kefen_crm.key_accounts.queries import contracts_named, tenders_named
from kefen_crm.key_accounts.records import visible
from kefen_crm.platform.parts import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_LISTED: Final = 5
_SHOWN: Final = ("title", "state", "customer__name")
"""Of tenders and contracts; the rest of their columns is not read."""


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Key accounts in reach."""
    found = visible_to(request.user).exclude(key_account=None).only("code", "name")
    for one in few(found, text, _LISTED):
        yield Hit(one.name, one.code, reverse("key_accounts:detail", args=[one.code]))


def find_tenders(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Tenders of customers in reach, the newest first."""
    found = visible(Tender, request.user).filter(tenders_named(text)).select_related("customer")
    for one in found.only(*_SHOWN).order_by("-pk")[:_LISTED]:
        note = f"{one.customer.name} · {one.get_state_display()}"
        yield Hit(str(one), note, reverse("key_accounts:tender", args=[one.pk]))


def find_contracts(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Contracts with customers in reach, the newest first."""
    found = visible(Contract, request.user).filter(contracts_named(text)).select_related("customer")
    for one in found.only(*_SHOWN).order_by("-pk")[:_LISTED]:
        note = f"{one.customer.name} · {one.get_state_display()}"
        yield Hit(str(one), note, reverse("key_accounts:contract", args=[one.pk]))
