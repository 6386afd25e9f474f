"""Finds tickets by their number or title while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Case, IntegerField, When
from django.urls import reverse
from django.utils import timezone

from kefen_crm.platform import numbers
from kefen_crm.platform.parts import Hit
from kefen_crm.tickets.queries import named, number_in, tickets_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.tickets.models import Ticket

_LISTED: Final = 5
_READ: Final = 15
"""Several of them may have been merged into one."""
_OWN: Final = ("title", "state", "opened_at")
_SHOWN: Final = (*_OWN, "customer__name", *(f"merged_into__{name}" for name in _OWN))


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Tickets of customers in reach: that of a number first, then the newest.

    Of one that was merged the one that goes on is found, with the number that it had.
    """
    found = tickets_for(request.user).filter(named(text))
    first = Case(When(pk=number_in(text), then=0), default=1, output_field=IntegerField())
    hits: dict[int, Hit] = {}
    found = found.select_related("customer", "merged_into").only(*_SHOWN)
    for one in found.order_by(first, "-pk")[:_READ]:
        goes_on = one.merged_into or one
        hits.setdefault(goes_on.pk, _hit(one, goes_on))
    yield from list(hits.values())[:_LISTED]


def _hit(found: Ticket, goes_on: Ticket) -> Hit:
    day = numbers.day(timezone.localdate(goes_on.opened_at))
    parts = [found.customer.name, day, goes_on.get_state_display()]
    if goes_on != found:
        parts.insert(0, f"{found.number} {found.get_state_display()}")
    url = reverse("tickets:detail", args=[goes_on.pk])
    return Hit(str(goes_on), " · ".join(map(str, parts)), url)
