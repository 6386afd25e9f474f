"""Proves of a file, while it is read, that its numbers need no comparing with one another.

Where the rows of each order stand together, neighbours show what else takes a grouping of all rows:
that each key stands once, that each number is of one customer and day, and that no two numbers are
one written otherwise. What is not proved may still be so: then the rows are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from kefen.ledger.facts import Kind

MOST: Final = 1 << 23
"""So many numbers are held at most, eight bytes each."""
_ASCII: Final = r"^[ -~]+$"
_BARE: Final = r"^[1-9A-Z][0-9A-Z]*$"
_SEVERAL: Final = 2
_MOST_DOUBTFUL: Final = 1 << 18
"""So many numbers are named as doubtful at most."""
_LETTERS: Final = r"^([A-Za-z]{2,6})[-_#/. ]?\d"


@dataclass
class NumberProof:
    """What the rows of a file, in their order, show of their numbers.

    >>> from kefen.ledger.facts import kind
    >>> rows = {"order_id": ["A1", "A1", "B1"], "line_no": [1, 2, 1],
    ...         "customer_id": ["C", "C", "C"], "ordered_on": [None, None, None]}
    >>> proof = NumberProof(kind("order_lines"))
    >>> proof.look(pl.DataFrame(rows))
    >>> proof.distinct(), proof.keys_once(), proof.of_one_customer()
    (True, True, True)
    """

    kind: Kind
    letters: set[str | None] = field(default_factory=set)
    """What numbers begin with, if that is two to six letters before a figure, else null: all of it
    where that is one thing.
    """
    _orders: list[pl.Series] = field(default_factory=list)
    _held: int = 0
    _twice: list[pl.Series] = field(default_factory=list)
    _shared: list[pl.Series] = field(default_factory=list)
    _last: pl.DataFrame | None = None
    _open: bool = True
    _whole: bool = True
    _distinct: bool | None = None

    def look(self, rows: pl.DataFrame) -> None:
        """Take the next rows of the file."""
        number, *rest = self.kind.key
        columns = {*rows.columns} - {*self.kind.key}
        whose = [name for name in ("customer_id", self.kind.date_column) if name in columns]
        if not self._open or not len(rows) or rows[number].null_count():
            self._give_up()
            return
        rows = rows.select(number, *rest, *whose)
        last = rows.clear(1) if self._last is None else self._last
        before = pl.concat([last, rows.head(-1)], how="vertical")
        again = (rows[number] == before[number]).fill_null(value=False)
        twice, shared = again, again.clear(len(rows)).fill_null(value=False)
        if rest:
            up = (rows[rest[-1]] > before[rest[-1]]).fill_null(value=False)
            twice = again & ~up
            self._whole &= not rows[rest[-1]].null_count()
        for name in whose:
            shared |= rows[name].ne_missing(before[name]) & again
        self._twice.append(rows[number].filter(twice))
        self._shared.append(rows[number].filter(shared))
        self._last = rows.tail(1)
        self._take(rows[number].filter(~again))

    def distinct(self) -> bool:
        """Whether the rows of each number stand together and no two numbers are written alike."""
        if self._distinct is None:
            numbers = pl.concat(self._orders) if self._open and self._orders else pl.Series([0, 0])
            self._distinct = numbers.n_unique() == len(numbers)
            self._orders = []
        return self._distinct

    def begin_alike(self) -> bool:
        """Whether all numbers begin with the same letters, or none with letters."""
        return self._open and len(self.letters) < _SEVERAL

    def keys_once(self) -> bool:
        """Whether no key stands twice."""
        return self._whole and not any(map(len, self._twice)) and self.distinct()

    def of_one_customer(self) -> bool:
        """Whether each number is of one customer and one day."""
        return not any(map(len, self._shared)) and self.distinct()

    def twice(self) -> pl.Series | None:
        """The numbers of which a key may stand twice; None where any may."""
        return self._doubtful(self._twice) if self._whole else None

    def shared(self) -> pl.Series | None:
        """The numbers that are of several customers or days; None where any may be."""
        return self._doubtful(self._shared)

    def _doubtful(self, found: list[pl.Series]) -> pl.Series | None:
        if not self.distinct() or not found or sum(map(len, found)) > _MOST_DOUBTFUL:
            return None
        return pl.concat(found).unique()

    def _take(self, numbers: pl.Series) -> None:
        """Hold what tells these numbers apart, however they are written."""
        self._held += len(numbers)
        if self._held > MOST or not numbers.str.contains(_ASCII).all():
            self._give_up()
            return
        if len(numbers) and len(self.letters) < _SEVERAL:
            begun = numbers.str.contains(_LETTERS).any()  # half of what it takes to extract them
            self.letters |= set(numbers.str.extract(_LETTERS).unique()) if begun else {None}
        self._orders.append(_plain(numbers).hash())

    def _give_up(self) -> None:
        self._open, self._distinct = False, False
        self._orders, self._twice, self._shared = [], [], []


def _plain(numbers: pl.Series) -> pl.Series:
    """Numbers of ASCII without what a spreadsheet or a person may write otherwise."""
    lower = numbers.str.to_lowercase()
    if numbers.str.contains(_BARE).all():
        return lower
    bare = lower.str.replace("^[# ']+", "").str.replace(r"\.0+$", "")
    spelled = bare.str.replace_all(r"[ \-_/.]+", "")
    worded = bare.str.contains("[a-z]")
    return spelled.zip_with(worded, bare).str.replace("^0+", "")
