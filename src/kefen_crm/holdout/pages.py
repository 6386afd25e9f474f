"""What the pages of others show of the holdout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.holdout.permits import HOLD_OUT
from kefen_crm.holdout.queries import held
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """That a customer is left alone this year, for those who may know."""
    if not may(request.user, HOLD_OUT):
        return None
    found = held().filter(customer=customer).select_related("of").first()
    return {"year": found.of.year} if found else None
