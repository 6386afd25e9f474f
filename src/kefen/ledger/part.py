"""A ledger as if it held a few customers only, with facts that are still to land.

What the indicators of these customers rest on is read once, into the engine's memory: their own
facts, and of orders and invoices that others have a part in whatever bears the same number.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ibis
import polars as pl

from kefen.ledger import customers, sales
from kefen.ledger.counting import Counting
from kefen.ledger.customer_index import CustomerIndex
from kefen.ledger.facts import BATCH_ID, COUNTED, KINDS, SALES
from kefen.ledger.facts import kind as kind_of
from kefen.ledger.progress import Meter
from kefen.ledger.reading import open_reader
from kefen.ledger.snapshot import Snapshot
from kefen.ledger.staging import stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger.store import Ledger

_KEY: Final = "customer_id"
_CUSTOMERS: Final = "customers"
_MATES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "orders": ("order_id", ("order_lines", "returns")),
    "order_lines": ("order_id", ("orders", "returns")),
    "invoices": ("invoice_id", ("payments",)),
    "payments": ("invoice_id", ("invoices", "payments")),
}
"""Of a kind also the rows are read whose number is that of a customer's rows of these kinds."""


@dataclass(frozen=True)
class Pending:
    """Facts of a kind that are still to land, as `Ledger.load` would land them.

    Attributes:
        kind: the kind of fact.
        rows: frames of rows; those of customers say something of the columns that they have.
        gone: numbers of facts that are no more.
    """

    kind: str
    rows: Sequence[pl.DataFrame] = ()
    gone: Sequence[str] = ()


class LedgerPart:
    """What a ledger says of some customers, once `pending` has landed."""

    def __init__(
        self, ledger: Ledger, people: Iterable[str], pending: Iterable[Pending] = ()
    ) -> None:
        self._ledger = ledger.at(ledger.version)
        self._people = sorted(set(people))
        self._pending = {one.kind: one for one in pending}
        self._snapshot = Snapshot(ledger.folder, self._ledger.manifest)
        self._own: dict[str, ir.Table] = {}
        self._whole: dict[str, ir.Table] = {}
        self._counted: dict[str, ir.Table] = {}
        self._void: dict[str, int] = {}
        self._cleaned: dict[str, pl.DataFrame] = {}

    @property
    def engine(self) -> Engine:
        """Where the tables are."""
        return self._ledger.engine

    def table(self, kind: str, *, whole: bool = False) -> ir.Table:
        """As `Ledger.table`."""
        if kind == sales.SALES:
            lines, orders = (
                self.table(one, whole=whole) if self.count(one, whole=whole) else None
                for one in sales.PARTS
            )
            return sales.sales(lines, orders)
        if whole:
            return self.rows(self.engine, kind)
        if kind not in self._counted:
            self._counted[kind] = self._that_count(kind)
        return self._counted[kind]

    def _that_count(self, kind: str) -> ir.Table:
        rows = self.rows(self.engine, kind)
        counted = Counting(self.engine, self).table(kind, rows)
        void = kind in (*SALES, "returns") and any(map(self.uncounted, SALES))
        return self.engine.materialise(counted) if void else counted

    def count(self, kind: str, *, whole: bool = False) -> int:
        """About how many facts of a kind there are, of all customers and with what is pending."""
        known = self._ledger.count(kind, whole=whole)
        parts = sales.PARTS if kind == sales.SALES else (kind,)
        found = [self._pending[one] for one in parts if one in self._pending]
        return known + sum(len(frame) for one in found for frame in one.rows)

    def began(self) -> date | None:
        """The day of the first sale of anybody."""
        found = [self._ledger.began()]
        for kind in SALES:
            if kind in self._pending:
                days = self._own_rows(kind).ordered_on.min()
                found.append(days.to_pyarrow().as_py())
        return min((day for day in found if day is not None), default=None)

    def span(self) -> tuple[date, date] | None:
        """As `Ledger.span`."""
        return self._ledger.span()

    def drop(self) -> None:
        """Give the memory back."""
        for table in (*self._own.values(), *self._whole.values()):
            self.engine.drop(table)
        for kept in (self._own, self._whole, self._counted):
            kept.clear()

    # What `Counting` asks of a snapshot.

    def delta_version(self, kind: str) -> int | None:
        """As `Snapshot.delta_version`."""
        return self._snapshot.delta_version(kind)

    def rows(self, engine: Engine, kind: str) -> ir.Table:
        """The rows that count and those that do not."""
        if kind not in _MATES:
            return self._own_rows(kind)
        if kind not in self._whole:
            self._whole[kind] = engine.materialise(self._with_mates(kind))
        return self._whole[kind]

    def uncounted(self, kind: str) -> int:
        """How many of the rows count as no sale."""
        if kind not in SALES or not self.count(kind, whole=True):
            return 0
        if kind not in self._void:
            rows = self.rows(self.engine, kind)
            flags = self.engine.fetch(rows.select(COUNTED))[COUNTED].to_pylist()
            self._void[kind] = flags.count(False)
        return self._void[kind]

    def _own_rows(self, kind: str) -> ir.Table:
        """The rows of the customers."""
        if kind not in self._own:
            rows = self._landed(kind, _KEY, self._people)
            if kind == _CUSTOMERS:
                rows = self._customers(rows)
            self._own[kind] = self.engine.materialise(rows)
        return self._own[kind]

    def _landed(self, kind: str, column: str, values: Sequence[str]) -> ir.Table:
        """The rows with one of these values in a column, with what is pending of them."""
        rows = self._found(kind, column, values)
        if kind not in self._pending or kind == _CUSTOMERS:
            return rows
        pending, key = self._pending[kind], kind_of(kind).key[0]
        fresh = self._fresh(kind)
        said = [*pending.gone, *fresh.get_column(key).to_list()]
        rows = rows.filter(rows[key].notin(said)) if said else rows
        fresh = fresh.filter(pl.col(column).is_in(values))
        return rows.union(self._frame(kind, fresh)) if len(fresh) else rows

    def _found(self, kind: str, column: str, values: Sequence[str]) -> ir.Table:
        version = self.delta_version(kind)
        if column == _KEY and version is not None:
            index = CustomerIndex(self._ledger.folder, self.engine)
            if (indexed := index.rows(kind, version, values)) is not None:
                return indexed
        rows = self._snapshot.rows(self.engine, kind)
        return rows.filter(rows[column].isin(values)) if values else rows.limit(0)

    def _with_mates(self, kind: str) -> ir.Table:
        column, others = _MATES[kind]
        rows = self._own_rows(kind)
        asked = [one for one in others if self.count(one, whole=True)]
        if not asked or not self.count(kind, whole=True):
            return rows
        numbers = [self._own_rows(one).select(column) for one in asked]
        joined = ibis.union(*numbers) if len(numbers) > 1 else numbers[0]
        found = self.engine.fetch(joined.filter(joined[column].notnull()).distinct())
        values = sorted(found[column].to_pylist())
        if not values:
            return rows
        more = self._landed(kind, column, values)
        return rows.union(more.filter(more[_KEY].notin(self._people)))

    def _customers(self, rows: ir.Table) -> ir.Table:
        """Customers with what is pending of them; who is only mentioned by a fact is there, too."""
        pending = self._pending.get(_CUSTOMERS)
        rows = self.engine.materialise(rows)
        for frame in pending.rows if pending else ():
            staged = self._read(Pending(_CUSTOMERS, [frame]))
            names = [name for name in frame.columns if name != _KEY]
            fresh = customers.updated(self._frame(_CUSTOMERS, staged), rows, names)
            fresh = fresh.mutate(**{BATCH_ID: ibis.literal("")})
            others = rows.anti_join(fresh, _KEY)
            rows = self.engine.materialise(others.union(fresh.select(others.columns)))
        there = set(self.engine.fetch(rows.select(_KEY))[_KEY].to_pylist())
        mentioned = {
            code
            for kind in self._pending
            if kind != _CUSTOMERS
            for code in self._fresh(kind).get_column(_KEY).to_list()
        }
        new = sorted((mentioned & set(self._people)) - there)
        if not new:
            return rows
        return rows.union(self._frame(_CUSTOMERS, pl.DataFrame({_KEY: new})))

    def _fresh(self, kind: str) -> pl.DataFrame:
        """The pending rows of a kind, read once."""
        if kind not in self._cleaned:
            self._cleaned[kind] = self._read(self._pending[kind])
        return self._cleaned[kind]

    def _read(self, pending: Pending) -> pl.DataFrame:
        """The rows as they land, cleaned, with `counted`."""
        known = kind_of(pending.kind)
        settings = self._ledger.settings
        found = []
        for frame in pending.rows:
            with tempfile.TemporaryDirectory() as folder, Meter(None) as meter:
                reader = open_reader(
                    frame,
                    known,
                    currency=settings.currency,
                    timezone=settings.timezone,
                    date_order="ymd",
                    decimal=".",
                )
                staged = stage(reader, Path(folder), meter)
                found.append(staged.rows(self.engine).to_polars())
        types = dict(known.stored_schema().to_polars())
        blank = pl.DataFrame(schema=types)
        return pl.concat([blank, *(self._typed(one, types) for one in found)])

    @staticmethod
    def _typed(frame: pl.DataFrame, types: Mapping[str, Any]) -> pl.DataFrame:
        lacking = [pl.lit(None).alias(name) for name in types if name not in frame.columns]
        return frame.with_columns(lacking).select(pl.col(n).cast(t) for n, t in types.items())

    def _frame(self, kind: str, frame: pl.DataFrame) -> ir.Table:
        schema = KINDS[kind].stored_schema()
        typed = self._typed(frame, dict(schema.to_polars()))
        return ibis.memtable(typed.to_arrow().cast(schema.to_pyarrow()), schema=schema)
