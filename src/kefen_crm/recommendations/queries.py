"""What a customer may be offered now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.recommendations.models import CustomerOffers, Learned, Rejection

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer

SHOWN = 5
"""Offers of a kind."""


def offers_of(customer: Customer) -> list[dict[str, Any]]:
    """The offers of kinds that proved right, without what the customer rejected."""
    learned = Learned.objects.first()
    if learned is None:
        return []
    proved = {one["kind"] for one in learned.judged if one["better"]}
    known = CustomerOffers.objects.filter(customer=customer).first()
    rejected = set(Rejection.objects.filter(customer=customer).values_list("item", flat=True))
    found: list[dict[str, Any]] = []
    for kind in ("again", "new"):
        mine = [one for one in (known.offers if known else []) if one["kind"] == kind]
        wanted = [one for one in mine if one["item"] not in rejected]
        found += wanted[:SHOWN] if kind in proved else []
    return found
