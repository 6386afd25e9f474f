"""A Chinese trading company for industrial supplies, invented from a seed.

Its customers, prices and persons do not exist. The same seed, size and last day give the
same facts with the same release of NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kefen.demo.trade import conversations, orders, profiles, settlement
from kefen.demo.trade.calendar import AS_OF
from kefen.demo.trade.population import populate
from kefen.demo.trade.purchases import purchases

if TYPE_CHECKING:
    from datetime import date

    from kefen.demo.company import Frames

KINDS = (
    "customers",
    "contacts",
    "orders",
    "order_lines",
    "invoices",
    "payments",
    "returns",
    "interactions",
    "feedback",
)


def frames(seed: int, customers: int, as_of: date = AS_OF) -> Frames:
    """All kinds of fact of the company with that many customers, up to the day before `as_of`."""

    def chance(part: int) -> np.random.Generator:
        return np.random.default_rng([seed, part])

    people = populate(chance(1), customers, as_of)
    cards = profiles.cards(chance(2), people)
    bought = purchases(chance(3), people)
    heads, lines = orders.order_frames(chance(4), people, cards, bought)
    billed = settlement.invoices(chance(5), people, cards, heads)
    sent_back = settlement.returns(chance(8), people, cards, lines)
    talk = conversations.interactions(chance(9), people, cards, heads)
    return {
        "customers": profiles.with_notes(chance(11), people, cards, talk),
        "contacts": profiles.contacts(chance(6), cards),
        "orders": heads,
        "order_lines": lines,
        "invoices": billed.drop("credit_days"),
        "payments": settlement.payments(chance(7), people, cards, billed),
        "returns": sent_back,
        "interactions": talk,
        "feedback": conversations.feedback(chance(10), people, cards, heads, sent_back),
    }
