"""A column that says of each row what unit its money is in: 元, 千元, 万元."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.ledger.reading.normal import normal

if TYPE_CHECKING:
    from collections.abc import Iterable

PATTERN = r"^(?:[十百千仟万萬亿億]|十万|百万|百萬|千万|千萬|十亿)?元$|^(?:[万萬亿億]|百万|千万)$"
"""Units of money; a unit of a product, such as 箱, is none."""
_HEADINGS = frozenset(map(normal, ("单位", "單位", "金额单位", "金額單位", "货币单位", "计量单位")))


def unit_heading(headings: Iterable[str]) -> str | None:
    """The heading under which units of money may stand.

    >>> unit_heading(["客户", "金额", "单位"]), unit_heading(["客户", "金额"])
    ('单位', None)
    """
    return next((heading for heading in headings if normal(heading) in _HEADINGS), None)
