"""Customers that stand on the first row of their group only, in a table without merged cells.

Blank cells may as well be sales to nobody known. They are filled where each customer stands once,
the number or the day goes on below it, and days begin again, or a total stands, between groups.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, Notice
from kefen.ledger.reading.raw import cell_text
from kefen.ledger.reading.totals import is_total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen.ledger.reading.raw import RawBatch
    from kefen.ledger.reading.reshaping import Row

_WHO = frozenset({("orders", "customer_id"), ("orders", CUSTOMER_NAME)})
_DAY = re.compile(r"((?:19|20)\d{2})\D{0,2}(\d{1,2})\D{0,2}(\d{1,2})")
_NUMBER = re.compile(r"(.{0,40}?)(\d{1,18})")
_LEAST = 2


class FilledDown:
    """A table whose blank customers are those of the rows above."""

    def __init__(
        self, headings: Sequence[str], who: Sequence[str], number: str | None, day: str
    ) -> None:
        self.headings = list(headings)
        self.parts: Mapping[str, Sequence[str]] = {}
        self.notices: list[Notice] = []
        self._who, self._number, self._day = list(who), number, day
        self.begin()

    def begin(self) -> None:
        """The rows come once more from the beginning."""
        self._values: dict[str, str | None] = {}
        self._last: Row = {}
        self._count, self._first = 0, 0
        self.again = False
        self.repeated = False

    def sample(self, rows: Sequence[Row]) -> list[dict[str, str | None]]:
        """The first rows with their customers."""
        self.begin()
        return [dict(row) | self._filled(row, line) for line, row in enumerate(rows, start=1)]

    def apply(self, batch: RawBatch) -> RawBatch:
        """The rows with their customers."""
        cells = batch.frame.select(self.headings)
        texts = [[cell_text(cell) for cell in row] for row in cells.iter_rows()]
        rows = [dict(zip(self.headings, row, strict=True)) for row in texts]
        lines = batch.frame[LINE].to_list()
        filled = [row | self._filled(row, line) for row, line in zip(rows, lines, strict=True)]
        columns = [
            pl.Series(name, [row[name] for row in filled], dtype=pl.String) for name in self._who
        ]
        return replace(batch, frame=batch.frame.with_columns(columns))

    def at_end(self) -> list[Notice]:
        """How many rows took the customer of the row above."""
        if not self._count:
            return []
        data = {"rows": self._count, "headings": self._who, "line": self._first}
        return [Notice("customers-filled-down", data)]

    def _filled(self, row: Row, line: int) -> dict[str, str | None]:
        """What the rows above say of this one; nothing where it says itself, or is another's."""
        if is_total([row.get(name) for name in self.headings]):
            self._values, self.again = {}, self.again or bool(self._values)
            return {}
        own = {name: row.get(name) for name in self._who}
        if any((cell or "").strip() for cell in own.values()):
            last = _day(self._last.get(self._day))
            self.again |= bool(last) and _day(row.get(self._day)) < last
            self.repeated |= own == self._values
            self._values, self._last = own, row
            return {}
        goes_on = bool(self._values) and self.goes_on(row)
        self._last = row
        if not goes_on:
            return {}
        self._count, self._first = self._count + 1, self._first or line
        return self._values

    def goes_on(self, row: Row) -> bool:
        """Whether the number, or where there is none the day, goes on from the row before."""
        day, before = _day(row.get(self._day)), _day(self._last.get(self._day))
        if not day or not before or day < before:
            return False
        if self._number is None:
            return True
        mine, last = (
            _NUMBER.fullmatch((r.get(self._number) or "").strip()) for r in (row, self._last)
        )
        return bool(mine and last and mine[1] == last[1] and int(mine[2]) > int(last[2]))


def filled_down(
    headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()
) -> FilledDown | None:
    """How to fill the customers of a table; None where each row has its own, or nothing tells.

    `given` are headings of which a person said what they are.
    """
    known = {heading: set(columns_known(heading)) for heading in headings}
    who = [heading for heading in headings if known[heading] & _WHO]
    day = next((h for h in headings if ("orders", "ordered_on") in known[h]), None)
    number = next((h for h in headings if ("orders", "order_id") in known[h]), None)
    if not rows or not who or day is None or headings[0] not in who or set(who) & set(given):
        return None
    found = FilledDown(headings, who, number, day)
    filled = found.sample(rows)
    facts = [row for row in filled if not is_total([row.get(name) for name in headings])]
    if any(not any(row.get(name) for name in who) for row in facts if any(row.values())):
        return None
    [told] = found.at_end() or [Notice("", {"rows": 0})]
    certain = found.again and not found.repeated and told.data["rows"] >= _LEAST
    return found if certain else None


def _day(cell: str | None) -> tuple[int, ...]:
    met = _DAY.match((cell or "").strip())
    return tuple(map(int, met.groups())) if met else ()
