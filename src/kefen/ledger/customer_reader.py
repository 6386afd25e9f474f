"""What a ledger says of one customer, or a few, asked for again and again.

Most of the time of a small question goes into making its statements. They are made once, over
tables that stand for whoever is asked about (`PartTables`), and then only carried out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.deferred import ibis
from kefen.engines import Embedded, Recording
from kefen.ledger.facts import COUNTED
from kefen.ledger.facts import kind as kind_of
from kefen.ledger.part import LedgerPart
from kefen.ledger.part_tables import PartTables

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    import ibis.expr.types as ir
    import pyarrow as pa

    from kefen.engines import Program
    from kefen.ledger.part_tables import WithNumber
    from kefen.ledger.sales import Span
    from kefen.ledger.store import Ledger

PROGRAMS: Final = 32
"""So many questions are kept; each is a few statements."""
ANSWERS: Final = 64
"""So many answers are kept until other facts land: parts of a page ask for the same."""
_PROGRAMS: Final[dict[Any, Program]] = {}
_NUMBERS: Final = {"orders": "order_id", "order_lines": "order_id", "returns": "return_id"}
"""The number of what may not count."""


class CustomerReader:
    """Reads a few customers of a ledger on an engine that is kept.

    It serves one thread at a time.
    """

    def __init__(self, engine: Embedded | None = None) -> None:
        self.engine = engine or Embedded()
        self._tables = PartTables(self.engine)
        self._landed: Any = None
        self._answers: dict[Hashable, list[pl.DataFrame]] = {}

    def look(self, ledger: Ledger, customers: Iterable[str]) -> None:
        """Turn to these customers, as the ledger has them now."""
        self._tables.land(ledger)
        self._tables.put(customers)
        if self._landed != self._tables.landed:
            self._landed = self._tables.landed
            self._answers.clear()

    def span(self) -> Span | None:
        """As `Ledger.span`: of everybody."""
        return self._tables.span()

    def has(self, kind: str) -> bool:
        """Whether there are facts of a kind, of anybody."""
        return bool(self._tables.counts[kind][1])

    def newest(self, kinds: Mapping[str, str], most: int) -> dict[str, list[dict[str, Any]]]:
        """The customers' facts of each kind, `most` at most, the newest first by its column.

        `void` of each says that it does not count: it was cancelled, never paid or the like.
        """
        asked = {kind: column for kind, column in kinds.items() if self.has(kind)}
        found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
        if asked:
            frames = self.ask(
                ("newest", tuple(asked.items()), most),
                lambda part: [_newest(part, *one, most) for one in asked.items()],
            )
            found |= {kind: rows.to_dicts() for kind, rows in zip(asked, frames, strict=True)}
        return found

    def numbered(
        self, kinds: Mapping[str, Sequence[str]], number: str, most: int
    ) -> dict[str, list[dict[str, Any]]]:
        """The orders, order lines and invoices of a number, of anybody, that count.

        Args:
            kinds: the columns that are asked for, by the kind.
            most: so many of each kind at most.
        """
        counts = self._tables.counts
        asked = {kind: tuple(columns) for kind, columns in kinds.items() if counts[kind][0]}
        found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
        if asked:
            self._tables.seek(number)
            tables = self._rows(
                ("numbered", tuple(asked.items()), most, self._shape()),
                lambda recording: _numbered(self._tables.with_number(recording), asked, most),
            )
            for kind, rows in zip(asked, tables, strict=True):
                found[kind] = [
                    row | {"customer_id": self._tables.own_code(row["customer_id"])}
                    for row in _frame(rows).to_dicts()
                ]
        return found

    def ask(
        self,
        question: Hashable,
        tables: Callable[[LedgerPart], Sequence[ir.Table]],
        *,
        compares: bool = False,
    ) -> list[pl.DataFrame]:
        """The rows of the tables that `tables` makes of what the ledger says of the
        customers.

        Args:
            question: tells this question from all others; `tables` depends on nothing else.
            tables: makes them; it is called when the question is asked for the first time.
            compares: whether the day of the first sale of anybody is asked for.
        """
        counts = self._tables.counts
        began = self._tables.began() if compares else None
        key = (question, began, self._shape())
        asked = (tuple(self._tables.people), key)
        if asked not in self._answers:
            while len(self._answers) >= ANSWERS:
                del self._answers[next(iter(self._answers))]
            rows = self._rows(key, lambda recording: tables(LedgerPart(recording, counts, began)))
            self._answers[asked] = [_frame(one) for one in rows]
        return self._answers[asked]

    def _shape(self) -> tuple[bool, ...]:
        """Of which kinds there are facts, which statements depend on."""
        return tuple(bool(n) for pair in self._tables.counts.values() for n in pair)

    def _rows(
        self, key: Hashable, tables: Callable[[Recording], Sequence[ir.Table]]
    ) -> list[pa.Table]:
        """What the program called `key` gives, which is made when it is asked for at first."""
        program = _PROGRAMS.get(key)
        if program is not None:
            return program.run(self.engine)
        recording = Recording(self.engine)
        program, found = recording.record(tables(recording))
        if recording.repeatable:
            while len(_PROGRAMS) >= PROGRAMS:
                _PROGRAMS.pop(next(iter(_PROGRAMS)), None)
            _PROGRAMS[key] = program
        return found

    def close(self) -> None:
        """Give the engine back."""
        self.engine.close()


def _newest(part: LedgerPart, kind: str, column: str, most: int) -> ir.Table:
    rows = part.own(part.table(kind, whole=True))
    marked, void = rows, ibis.literal(value=False)
    if number := _NUMBERS.get(kind):
        counted = part.own(part.table(kind)).select(counted_number=number).distinct()
        marked = rows.left_join(counted, rows[number] == counted.counted_number)
        void = marked[number].notnull() & marked.counted_number.isnull()
        if COUNTED in rows.columns:
            void = void | ~marked[COUNTED].fill_null(True)
    told = marked.select(*rows.columns, void=void)
    return told.order_by(told[column].desc(), told[kind_of(kind).key[0]].desc()).limit(most)


def _numbered(landed: WithNumber, asked: Mapping[str, Sequence[str]], most: int) -> list[ir.Table]:
    return [landed.counted(kind).select(*columns).limit(most) for kind, columns in asked.items()]


def _frame(rows: Any) -> pl.DataFrame:
    frame = pl.from_arrow(rows)
    assert isinstance(frame, pl.DataFrame)
    return frame
