"""Finds tickets by their number or title while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from kefen_crm.platform import numbers
from kefen_crm.platform.parts import Hit
from kefen_crm.tickets.queries import named, tickets_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_LISTED = 5


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Tickets of customers in reach, the newest first."""
    found = tickets_for(request.user).filter(named(text)).select_related("customer")
    for one in found.order_by("-pk")[:_LISTED]:
        day = numbers.day(timezone.localdate(one.opened_at))
        note = f"{one.customer.name} · {day} · {one.get_state_display()}"
        yield Hit(str(one), note, reverse("tickets:detail", args=[one.pk]))
