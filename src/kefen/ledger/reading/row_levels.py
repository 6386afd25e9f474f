"""Orders, their lines and their payments as rows of one table: one of these levels counts.

A column says which row is what (行类型, `Line Type`), or the first row of each order names no
product and has the money of those below it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from math import isclose
from typing import TYPE_CHECKING, Final

import polars as pl

from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.model import Notice
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.texts import all_trimmed, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen.ledger.reading.raw import RawBatch
    from kefen.ledger.reading.reshaping import Row

_TYPE = re.compile(
    r"(?:行|记录|数据)(?:类型|类别|种类|层级)|层级|级次|(?:row|line|record)(?:type|kind|level)"
)
_OF: Final[Mapping[str, re.Pattern[str]]] = {
    "head": re.compile(
        r"(?:销售)?(?:订单|单据|单头|表头|主单|主表|抬头|整单)|sale|order|header|orderheader|head"
        r"|invoice|receipt|transaction|h"
    ),
    "line": re.compile(
        r"(?:订单|销售|商品|单据)?(?:明细|明细行|行项目)|单身|表体|子单|商品行?"
        r"|(?:sale|order|invoice|receipt)?(?:line|item|detail)(?:item)?s?|d"
    ),
    "payment": re.compile(r"收款|付款|支付|结算|payments?|tenders?|paymentline|p"),
}
_ORDERS_SEEN: Final = 2


class RowLevels:
    """A table of which only the rows of one level are read."""

    def __init__(
        self, headings: Sequence[str], order: str | None, typed: str | None, product: str | None
    ) -> None:
        self.headings = list(headings)
        self.parts: Mapping[str, Sequence[str]] = {}
        self.notices: list[Notice] = []
        self._order, self._typed, self._product = order, typed, product
        self._counts: Counter[str] = Counter()
        self._headed: set[str] = set()
        self.kept = "head"

    def level(self, row: Row) -> str:
        """What a row is: `head`, `line`, `payment`, or nothing that is known."""
        if self._typed is None:
            return "line" if row.get(self._product or "") else "head"
        said = normal(row.get(self._typed) or "")
        return next((name for name, words in _OF.items() if words.fullmatch(said)), "")

    def sample(self, rows: Sequence[Row]) -> list[dict[str, str | None]]:
        """The first rows of the level that counts."""
        self.begin()
        return [dict(row) for row in rows if self._counted(row)]

    def apply(self, batch: RawBatch) -> RawBatch:
        """The rows of the level that counts."""
        needed = [name for name in (self._order, self._typed, self._product) if name]
        texts = all_trimmed(batch.frame.select(as_text(batch.frame[n]).alias(n) for n in needed))
        counted = pl.Series([self._counted(row) for row in texts.to_dicts()], dtype=pl.Boolean)
        return replace(batch, frame=batch.frame.filter(counted))

    def begin(self) -> None:
        """The rows come once more from the beginning."""
        self._counts.clear()
        self._headed.clear()

    def at_end(self) -> list[Notice]:
        """How many rows of each level were left out."""
        left = sum(self._counts[name] for name in _OF if name != self.kept)
        if not left:
            return []
        data = {
            "rows": left,
            "kept": self._counts[self.kept],
            "heading": self._typed or self._product,
        }
        return [Notice(f"levels-left-{self.kept}", data)]

    def _counted(self, row: Row) -> bool:
        level = self.level(row)
        order = (row.get(self._order) if self._order else None) or ""
        if level == self.kept == "head":
            self._headed.add(order)
        alone = level == "line" and self.kept == "head" and order not in self._headed
        counted = level in ("", self.kept) or alone
        self._counts[self.kept if alone else level] += 1
        return counted


def row_levels(
    headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()
) -> RowLevels | None:
    """How to read a table of several levels; None where all rows are of one.

    >>> rows = [{"行类型": "订单", "金额": "3"}, {"行类型": "明细", "金额": "3"}]
    >>> row_levels(["行类型", "金额"], rows).sample(rows)
    [{'行类型': '订单', '金额': '3'}]
    """
    free = [heading for heading in headings if heading not in set(given)]
    order = _known(headings, ("order_id",))
    typed = next((h for h in free if _TYPE.fullmatch(normal(h))), None)
    if typed is not None:
        found = RowLevels(headings, order, typed, None)
        levels = [found.level(row) for row in rows]
        if len({*levels} - {""}) < len(("one", "another")):
            return None
        found.kept = "head" if "head" in levels else "line"
        mine = [row for row, level in zip(rows, levels, strict=True) if level == found.kept]
        others = [row for row, level in zip(rows, levels, strict=True) if level == "line"]
        return found if _have_money(headings, mine, others or mine) else None
    product = _known(headings, ("product_name", "product_id"))
    amount = _known(headings, ("amount",))
    if order is None or product is None or amount is None:
        return None
    return (
        RowLevels(headings, order, None, product) if _sums(rows, order, product, amount) else None
    )


def _known(headings: Sequence[str], columns: Sequence[str]) -> str | None:
    """The first heading known for one of these columns of lines."""
    pairs = {("order_lines", column) for column in columns}
    return next((h for h in headings if pairs & set(columns_known(h))), None)


def _number(cell: str | None) -> float | None:
    try:
        return float((cell or "").replace(",", "").strip("￥¥$ "))
    except ValueError:
        return None


def _have_money(headings: Sequence[str], mine: Sequence[Row], others: Sequence[Row]) -> bool:
    """Whether a column has numbers in all rows that are to count, and in others, too."""
    return any(
        all(_number(row.get(heading)) is not None for row in mine)
        and any(_number(row.get(heading)) is not None for row in others)
        for heading in headings
        if not columns_known(heading) or ("order_lines", "amount") in columns_known(heading)
    )


def _sums(rows: Sequence[Row], order: str, product: str, amount: str) -> bool:
    """Whether the first row of each order names no product and has the money of the others."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.get(order) or "", []).append(row)
    whole = [group for number, group in groups.items() if number and len(group) > 1][:-1]
    last = [group for number, group in groups.items() if number and len(group) > 1][-1:]
    judged = whole + [group for group in last if _is_sum(group, product, amount)]
    return len(judged) >= _ORDERS_SEEN and all(_is_sum(g, product, amount) for g in judged)


def _is_sum(group: Sequence[Row], product: str, amount: str) -> bool:
    head, *lines = group
    numbers = [_number(row.get(amount)) for row in lines]
    first = _number(head.get(amount))
    if first is None or head.get(product) or not all(row.get(product) for row in lines):
        return False
    told = [number for number in numbers if number is not None]
    return len(told) == len(numbers) and isclose(first, sum(told), abs_tol=0.005)
