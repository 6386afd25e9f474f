"""What to offer customers, learned from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kefen.errors import KefenError
from kefen.recommend import recommender
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

KEPT: Final = 10
"""Offers of a kind that are kept, so that there are others when some are rejected."""


@dataclass(frozen=True)
class FoundOffers:
    """Offers by customer, and how each kind did, as plain data."""

    as_of: date
    offers: dict[str, list[dict[str, Any]]]
    judged: list[dict[str, Any]]


def learn(groups: Mapping[str, str]) -> FoundOffers | None:
    """Learn offers for these customers, who are alike by group; None while nothing is sold."""
    with opened() as ledger:
        try:
            found = recommender(ledger, groups)
        except KefenError as error:
            if error.code == "nothing-sold":
                return None
            raise
    offers = {}
    if any(one.better for one in found.judged):
        for customer in groups:
            if mine := found.offers(customer, KEPT):
                offers[customer] = [one.to_dict() for one in mine]
    return FoundOffers(found.as_of, offers, [one.to_dict() for one in found.judged])
