"""What an import says beside its counts: how much money was rejected."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    from kefen.ledger.rejections import Rejections

MONEY = "amount"
"""The column that carries the money of a row, in every kind that has money."""


def rejected_money(rejected: Rejections, read: Decimal) -> list[Notice]:
    """How much money the rejected rows carry, and which share of the file's money that is.

    `read` is the sum of the amounts, without their signs, of the rows that reading took, those
    that were rejected afterwards among them.
    """
    notices = []
    if rejected.priced:
        whole = read + rejected.weight - rejected.taken
        share = rejected.weight / whole if whole else Decimal(0)
        data = {
            "count": rejected.priced,
            "money": f"{rejected.money:,.2f}",
            "percent": f"{share:.1%}",
        }
        notices.append(Notice("rejected-money", data))
    if unread := rejected.count - rejected.priced:
        notices.append(Notice("rejected-money-unread", {"count": unread}))
    return notices
