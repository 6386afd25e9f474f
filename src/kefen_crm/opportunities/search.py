"""Finds opportunities by their number or title while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.urls import reverse

from kefen_crm.customers.texts import containing
from kefen_crm.opportunities.models import Opportunity
from kefen_crm.opportunities.queries import opportunities_for
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_LISTED: Final = 5
_SHOWN: Final = ("title", "state", "amount", "stage__name", "stage__key", "customer__name")


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Opportunities of customers in reach, the newest first."""
    asked = containing(Opportunity, "title", text)
    number = text.strip().upper().removeprefix("O-").lstrip("0")
    if number.isdecimal() and number.isascii() and len(number) < 18:
        asked |= Q(pk=int(number))
    found = opportunities_for(request.user).filter(asked).select_related("customer", "stage")
    for one in found.only(*_SHOWN).order_by("-pk")[:_LISTED]:
        stage = one.stage.title if one.open else one.get_state_display()
        note = f"{one.customer.name} · {stage} · {numbers.money(one.amount)}"
        yield Hit(str(one), note, reverse("opportunities:detail", args=[one.pk]))
