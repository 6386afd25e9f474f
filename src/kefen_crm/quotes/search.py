"""Finds quotes by their number or title while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse

from kefen_crm.platform import numbers
from kefen_crm.platform.parts import Hit
from kefen_crm.quotes.queries import named, quotes_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_LISTED: Final = 5
_SHOWN: Final = ("title", "state", "total", "chain", "number_in_chain", "customer__name")


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Quotes of customers in reach, the newest first."""
    found = quotes_for(request.user).filter(named(text)).select_related("customer")
    for one in found.only(*_SHOWN).order_by("-pk")[:_LISTED]:
        note = f"{one.customer.name} · {one.get_state_display()} · {numbers.money(one.total)}"
        yield Hit(str(one), note, reverse("quotes:detail", args=[one.pk]))
