"""Rows that are the sum of the rows below them, told by a column of levels or by a blank cell.

A list by level has a group (level 1) above its parts (level 2); a list by branch has the whole
customer, its branch blank, above the branches. Only the parts count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading.column_mapping import columns_known, word, words
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, Notice
from kefen.ledger.reading.money import read_number
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.samples import look
from kefen.ledger.reading.texts import all_trimmed, as_text
from kefen.ledger.reading.totals import is_total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen.ledger.reading.raw import RawBatch
    from kefen.ledger.reading.reshaping import Row

_LEVEL = re.compile(
    r"(?:客户|科目|组织|机构|部门|账户|区域)?(?:层级|级次|级别|层次)|(?:hierarchy|outline|account|tree|row)?level"
    r"|lvl|depth|indent(?:ation)?"
)
_DEGREE = re.compile(r"(?i)(?:第|level ?|l)?([1-9一二三四五六七八九])[级层]?")
_HAN = "一二三四五六七八九"
_WHO = frozenset({("orders", "customer_id"), ("orders", CUSTOMER_NAME)})
_AMOUNT = ("orders", "amount")
_STATES = frozenset({("orders", "status"), ("orders", "entry_type")})
_FEW, _MOST, _LONGEST = 2, 200, 10


@dataclass
class WholeRows:
    """A table whose rows of sums are left out.

    `level` is the column that says how deep a row stands: its number, or, with `who`, whether it is
    filled; rows below belong to a whole of the same `who`.
    """

    headings: list[str]
    level: str
    amount: str
    who: str | None = None
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """The rows come once more from the beginning."""
        self._left, self._doubted = _Sum(), _Sum()

    def sample(self, rows: Sequence[Row]) -> list[dict[str, str | None]]:
        """The first rows but the wholes."""
        left, _doubted = self._judged(rows)
        return [dict(row) for place, row in enumerate(rows) if place not in left]

    def apply(self, batch: RawBatch) -> RawBatch:
        """The rows but the wholes."""
        names = [name for name in (self.level, self.amount, self.who) if name]
        texts = all_trimmed(batch.frame.select(as_text(batch.frame[n]).alias(n) for n in names))
        rows = texts.to_dicts()
        left, doubted = self._judged(rows)
        for places, tally in ((left, self._left), (doubted, self._doubted)):
            for place in places:
                number = _number(rows[place].get(self.amount)) or Decimal(0)
                tally.add(int(batch.frame[LINE][place]), number)
        stay = pl.Series([place not in left for place in range(len(rows))], dtype=pl.Boolean)
        return replace(batch, frame=self._with_states(batch.frame, rows, left).filter(stay))

    def _with_states(
        self, frame: pl.DataFrame, rows: Sequence[Row], left: set[int]
    ) -> pl.DataFrame:
        """The frame in which parts without a status or type have that of their whole."""
        wholes = self.wholes(rows)
        for name in self.headings:
            if not _STATES & set(columns_known(name)) or frame.schema[name] != pl.String:
                continue
            cells = frame[name].to_list()
            for place in sorted(left):
                for part in wholes[place]:
                    cells[part] = (cells[part] or "").strip() or cells[place]
            frame = frame.with_columns(pl.Series(name, cells, dtype=pl.String))
        return frame

    def at_end(self) -> list[Notice]:
        """How many rows were left out, and how many were not, with their money."""
        told = (("whole-rows-left", self._left), ("whole-rows-doubted", self._doubted))
        return [
            Notice(code, {"heading": self.level, **tally.data()})
            for code, tally in told
            if tally.count
        ]

    def wholes(self, rows: Sequence[Row]) -> dict[int, list[int]]:
        """The places of rows with parts below them, with the places of their direct parts."""
        found: dict[int, list[int]] = {}
        open_: list[tuple[int, int, str | None]] = []
        for place, row in enumerate(rows):
            degree = self._degree(row)
            if degree is None or is_total(list(row.values())):
                open_ = []
                continue
            who = row.get(self.who) if self.who else None
            while open_ and (open_[-1][1] >= degree or open_[-1][2] != who):
                open_.pop()
            if open_:
                found.setdefault(open_[-1][0], []).append(place)
            open_.append((place, degree, who))
        return found

    def _degree(self, row: Row) -> int | None:
        cell = (row.get(self.level) or "").strip()
        if self.who:
            return 2 if cell else 1
        met = _DEGREE.fullmatch(cell[:_LONGEST])
        if met is None:
            return None
        return int(met[1]) if met[1].isdigit() else _HAN.index(met[1]) + 1

    def _judged(self, rows: Sequence[Row]) -> tuple[set[int], list[int]]:
        """The places of wholes that are the sum of their parts, and of those that are not."""
        left, doubted = set(), []
        for place, below in self.wholes(rows).items():
            numbers = [_number(rows[at].get(self.amount)) for at in (place, *below)]
            told = [number for number in numbers if number is not None]
            if len(told) == len(numbers) and told[0] == sum(told[1:]):
                left.add(place)
            elif numbers[0]:
                doubted.append(place)
        return left, doubted

    def adds_up(self, rows: Sequence[Row]) -> bool:
        """Whether the wholes of the first rows are the sums of their parts, one of several parts.

        By a column of levels half of them are enough; by blank cells only the last may fail, whose
        parts may go on below.
        """
        left, doubted = self._judged(rows)
        wholes = self.wholes(rows)
        several = any(len(wholes[place]) >= _FEW for place in left)
        if self.who is None:
            return several and len(left) >= len(doubted)
        return several and all(place == max(wholes) for place in doubted)


@dataclass
class _Sum:
    count: int = 0
    line: int = 0
    money: Decimal = Decimal(0)

    def add(self, line: int, money: Decimal) -> None:
        self.count, self.line = self.count + 1, self.line or line
        self.money += money

    def data(self) -> dict[str, object]:
        return {"count": self.count, "line": self.line, "money": f"{self.money:,.2f}"}


def whole_rows(
    headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()
) -> WholeRows | None:
    """How to leave out rows that are the sum of those below; None where none are.

    >>> rows = [{"Level": "1", "Amount": "3"}, {"Level": "2", "Amount": "1"},
    ...         {"Level": "2", "Amount": "2"}]
    >>> [row["Amount"] for row in whole_rows(["Level", "Amount"], rows).sample(rows)]
    ['1', '2']
    """
    some = [heading for heading in headings[:_MOST] if heading not in set(given)]
    known = [(words("orders")[word(h)][0], h) for h in headings if _AMOUNT in columns_known(h)]
    if not known or len(rows) <= _FEW:
        return None
    amount = min(known)[1]
    who = next((h for h in headings if _WHO & set(columns_known(h))), None)
    names = list(headings)
    for heading in some:
        if _LEVEL.fullmatch(normal(heading)):
            found = WholeRows(names, heading, amount)
            if found.adds_up(rows):
                return found
    if who is None:
        return None
    for heading in some:
        cells = [(row.get(heading) or "").strip() for row in rows]
        if heading in (who, amount) or all(cells) or not any(cells):
            continue
        seen = look(cells)
        if seen.is_date or (seen.is_number and not seen.is_count):
            continue
        found = WholeRows(names, heading, amount, who)
        if found.adds_up(rows):
            return found
    return None


def _number(cell: str | None) -> Decimal | None:
    return read_number(cell).value if cell and cell.strip() else None
