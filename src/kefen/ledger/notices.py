"""What an import says beside its counts: rows and their money, added up over its chunks."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kefen import formats
from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen.ledger.rejections import Rejections

MONEY = "amount"
"""The column that carries the money of a row, in every kind that has money."""
_ADDED = ("rows", "orders", "cents")


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
            "money": formats.number(rejected.money, 2),
            "percent": formats.percent(share),
        }
        notices.append(Notice("rejected-money", data))
    if unread := rejected.count - rejected.priced:
        notices.append(Notice("rejected-money-unread", {"count": unread}))
    return notices


def money(cents: int) -> str:
    """An amount in cents as a sentence gives it.

    >>> money(1234550)
    '12,345.50'
    """
    return formats.number(Decimal(cents) / 100, 2)


def cents_of(amount: Any) -> int:
    """A sum of money in cents; nothing is 0."""
    return int(Decimal(amount or 0) * 100)


def merged(notices: Iterable[Notice]) -> list[Notice]:
    """Notices of the chunks of a source as those of the source.

    Those that give `rows`, and `cents`, are added up where all else is the same; `money` is
    then told from `cents`.
    """
    found: dict[str, Notice] = {}
    order: list[Notice | str] = []
    for notice in notices:
        if "rows" not in notice.data:
            order.append(notice)
            continue
        rest = {name: value for name, value in notice.data.items() if name not in _ADDED}
        key = f"{notice.code} {sorted(rest.items())}"
        if key not in found:
            order.append(key)
            found[key] = Notice(notice.code, dict(notice.data))
        else:
            data = found[key].data
            for name in _ADDED:
                if name in data:
                    data[name] += notice.data[name]
    told = [found[one] if isinstance(one, str) else one for one in order]
    return [_with_money(notice) for notice in told]


def _with_money(notice: Notice) -> Notice:
    if "cents" not in notice.data:
        return notice
    data = {name: value for name, value in notice.data.items() if name != "cents"}
    return Notice(notice.code, data | {"money": money(notice.data["cents"])})
