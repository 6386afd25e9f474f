"""Finds what customers pay beside the amount of an order before discounts.

The words of a heading say so (应付金额, 优惠后金额, `amount payable`), or the arithmetic does: an
amount less its discount is the other amount in every row.
"""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING

from kefen.deferred import deferred_pattern
from kefen.ledger.reading.candidates import is_no_sale
from kefen.ledger.reading.normal import normal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.ledger.reading.samples import Look

_PAYABLE = deferred_pattern(
    r"应付(?:款|额|金额|总额|合计)|实付|(?:优惠|折扣|抵扣|打折|促销|折)后"
    r"|payable|after(?:the)?discounts?$|netofdiscounts?$|discounted(?:amount|price|total)"
)
_CHANGE = deferred_pattern(r"找零(?:金额)?|找赎|change(?:given|due|amount)?")
_PAID = deferred_pattern(rf"{_PAYABLE.pattern}|实收|paid|received")
_DISCOUNT = deferred_pattern(
    r"优惠(?!后)|折扣(?!后|率)|抵扣(?!后)|减免|满减|让利|折让|discount|coupon|rebate"
)
_PRICE = deferred_pattern(r"单价|[^总]价格?$|price(?:each)?$|unit")


def payable(
    kind: str, mapping: Mapping[str, str], looks: Mapping[str, Look], free: Mapping[str, Look]
) -> tuple[str, str] | None:
    """The heading of the amount, and the free one of what customers pay; None if none is.

    In order lines it may exceed the amount in no row, as a sum of the whole order would.
    """
    listed = next((h for h, column in mapping.items() if column == "amount"), None)
    if listed is None or listed not in free or _PAID.search(normal(listed)):
        return None
    before = free[listed]
    rivals = [
        heading
        for heading, seen in free.items()
        if heading not in mapping
        and seen.is_number
        and len(seen.values) == seen.filled == before.filled == len(before.values)
        and not is_no_sale(heading)
        and not _PRICE.search(normal(heading))
    ]
    worded = [
        heading
        for heading in rivals
        if _PAYABLE.search(normal(heading))
        and (kind == "orders" or _is_at_most(free[heading], before))
    ]
    found = worded or [h for h in rivals if _is_discounted(before, free[h], mapping, looks)]
    return (listed, found[0]) if len(found) == 1 else None


def before_change(
    mapping: Mapping[str, str], looks: Mapping[str, Look], free: Mapping[str, Look]
) -> tuple[str, str] | None:
    """The heading of the cash that a buyer handed over, and that of the sale: less the change."""
    handed = next((h for h, column in mapping.items() if column == "amount"), None)
    change = next((h for h in looks if _CHANGE.fullmatch(normal(h))), None)
    if handed is None or change is None or handed not in free or not _PAID.search(normal(handed)):
        return None
    paid, back = free[handed].values, looks[change].values
    for heading, seen in free.items():
        if heading in (handed, change) or not len(seen.values) == len(paid) == len(back):
            continue
        rows = zip(paid, back, seen.values, strict=True)
        if all(isclose(cash - coins, sold, abs_tol=0.005) for cash, coins, sold in rows):
            return handed, heading
    return None


def _is_at_most(after: Look, before: Look) -> bool:
    pairs = zip(after.values, before.values, strict=True)
    return all(abs(paid) <= abs(listed) for paid, listed in pairs)


def _is_discounted(
    before: Look, after: Look, mapping: Mapping[str, str], looks: Mapping[str, Look]
) -> bool:
    """Whether a column of discounts makes the one amount the other in every row."""
    return any(
        len(seen.values) == len(before.values)
        and any(seen.values)
        and all(
            isclose(listed - abs(off), paid, abs_tol=0.005)
            for listed, off, paid in zip(before.values, seen.values, after.values, strict=True)
        )
        for heading, seen in looks.items()
        if mapping.get(heading) == "discount" or _DISCOUNT.search(normal(heading))
    )
