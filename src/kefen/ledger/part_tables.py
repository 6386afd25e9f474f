"""What a part of a ledger is made from, under names of their own on the engine.

Of each kind there are the files that hold its facts, the index of customers, and what is still to
land; and there is whom it is about. So what is computed of them is the same for whoever comes.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from kefen.deferred import ibis
from kefen.engines import Recording
from kefen.ledger import customers
from kefen.ledger.aliases import NONE
from kefen.ledger.counting import Counting
from kefen.ledger.customer_index import CODE, FILE, CustomerIndex
from kefen.ledger.facts import BATCH_ID, COUNTED, KINDS, SALES
from kefen.ledger.facts import kind as kind_of
from kefen.ledger.progress import Meter
from kefen.ledger.reading import open_reader
from kefen.ledger.sales import span_in, span_of
from kefen.ledger.snapshot import Snapshot
from kefen.ledger.staging import stage
from kefen.ledger.tables import patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Embedded, Engine, Program
    from kefen.ledger.aliases import Aliases
    from kefen.ledger.sales import Span
    from kefen.ledger.store import Ledger

    Counts = Mapping[str, tuple[int, int]]
    """By kind, about how many facts count, and how many there are in all."""

KEY: Final = "customer_id"
CUSTOMERS: Final = "customers"
SPOKEN: Final = "part_spoken"
"""Whom the part is about, and under which codes: `_code`, `customer_id` and `_rank`."""
MENTIONED: Final = "part_mentioned"
"""Those of them that facts still to land mention."""
FEW: Final = 1_000
"""Of so many customers at most the rows are looked up, and not read over."""
NUMBERS: Final = {"orders": "order_id", "order_lines": "order_id", "invoices": "invoice_id"}
"""The column of the number of an order or an invoice."""
SOUGHT: Final = "part_sought"
"""The number of an order or an invoice that is looked for: `number`."""
_SPANS: Final[dict[Any, Program]] = {}


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


@dataclass(frozen=True)
class KindTables:
    """The names of the tables of a kind."""

    kind: str

    @property
    def every(self) -> str:
        """All that landed."""
        return f"part_every_{self.kind}"

    @property
    def index(self) -> str:
        """What landed, in order of customers, with the columns of an index."""
        return f"part_index_{self.kind}"

    @property
    def left_out(self) -> str:
        """The numbers of files whose rows in the index are no more: `number`."""
        return f"part_left_out_{self.kind}"

    @property
    def late(self) -> str:
        """What landed after the index was made."""
        return f"part_late_{self.kind}"

    @property
    def fresh(self) -> str:
        """What is still to land, whole rows."""
        return f"part_fresh_{self.kind}"

    @property
    def said(self) -> str:
        """The keys of what landed that it takes the place of, or takes away: `key`."""
        return f"part_said_{self.kind}"


class PartTables:
    """The tables of parts, on an engine that may be kept from one part to the next."""

    def __init__(self, engine: Embedded) -> None:
        self.engine = engine
        engine.look_up(FEW)
        self._ledger: Ledger | None = None
        self._stands: dict[str, Any] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        self._span: tuple[Any, Span | None] | None = None
        self._empty: set[str] = set()
        self._people: list[str] = []
        self._put_last: tuple[list[str], Aliases] | None = None
        self._spoken: set[str] = set()
        self._aliases: Aliases = NONE
        self._pending: dict[str, Pending] = {}
        self._fresh: dict[str, pl.DataFrame] = {}

    @property
    def landed(self) -> Any:
        """What tells all that has landed, and who was merged, from what did before or after."""
        return dict(self._stands), self._aliases

    @property
    def people(self) -> Sequence[str]:
        """The codes of the customers that it is about, in order."""
        return self._people

    @property
    def counts(self) -> Counts:
        """About how many facts of each kind there are, with what is pending of anybody."""
        found = {}
        for kind, (whole, void) in self._sizes.items():
            more = sum(map(len, self._pending[kind].rows)) if kind in self._pending else 0
            found[kind] = (whole - void + more, whole + more)
        return found

    def began(self) -> date | None:
        """The day of the first sale of anybody."""
        span = self.span()
        found = [span[0] if span else None]
        for kind in SALES:
            if kind in self._fresh:
                mine = self._fresh[kind].filter(pl.col(KEY).is_in(list(self._spoken)))
                found.append(mine.get_column("ordered_on").min())  # type: ignore[arg-type]
        return min((day for day in found if day is not None), default=None)

    def span(self) -> Span | None:
        """As `Ledger.span`, of what landed."""
        assert self._ledger is not None
        today = datetime.now(ZoneInfo(self._ledger.settings.timezone)).date()
        key = (today, *(self._stands[kind] for kind in SALES))
        if self._span is None or self._span[0] != key:
            self._span = key, self._measured(today)
        return self._span[1]

    def _measured(self, today: date) -> Span | None:
        key = (today, *(tuple(map(bool, self._sizes[kind])) for kind in SALES))
        if key not in _SPANS:
            recording = Recording(self.engine)
            counting = Counting(recording, _Landed(self._sizes))
            kinds = [counting.table(k, recording.backend.table(KindTables(k).every)) for k in SALES]
            program, [rows] = recording.record([span_of(kinds, today)])
            _SPANS.clear()
            _SPANS[key] = program
        else:
            [rows] = _SPANS[key].run(self.engine)
        return span_in(rows.to_pylist())

    def land(self, ledger: Ledger) -> None:
        """Have the names stand for what has landed in a ledger; what stands already is left."""
        snapshot = Snapshot(ledger.folder, ledger.manifest)
        for kind in KINDS:
            state = self._state(snapshot, kind)
            if self._stands.get(kind) != state:
                self._sizes[kind] = self._landed(snapshot, kind)
                self._stands[kind] = state
        self._aliases = snapshot.aliases
        self._ledger = ledger

    def put(self, people: Iterable[str], pending: Iterable[Pending] = ()) -> None:
        """Have the names stand for these customers, and for what is still to land.

        A merged one has nothing of its own: it is read as another.
        """
        asked = sorted({one for one in people if one not in self._aliases.into})
        to_land = {one.kind: one for one in pending}
        put = (asked, self._aliases)
        if put == self._put_last and not to_land and not self._pending:
            return
        self._put_last, self._people, self._pending = put, asked, to_land
        self._fresh = {k: self._read(one) for k, one in self._pending.items() if k != CUSTOMERS}
        members = self._aliases.members(self._people)
        self._spoken = set(members["_code"])
        self._put(SPOKEN, members)
        for kind in KINDS:
            if kind != CUSTOMERS:
                self._still_to_land(kind, self._fresh.get(kind))
        mentioned = {
            self._aliases.code(code)
            for rows in self._fresh.values()
            for code in rows.get_column(KEY).to_list()
        }
        self._put(MENTIONED, pl.DataFrame({KEY: sorted(mentioned & set(self._people))}, _TEXT))
        self._still_to_land(CUSTOMERS, self._customers())

    def seek(self, number: str) -> None:
        """Have `SOUGHT` stand for this number."""
        self._put(SOUGHT, pl.DataFrame({"number": [number]}))

    def with_number(self, engine: Recording) -> WithNumber:
        """The facts that landed, of anybody, that bear the number which is looked for."""
        return WithNumber(self._sizes, engine, {})

    def own_code(self, code: str) -> str:
        """The code of the customer that this one has become part of, or its own."""
        return self._aliases.code(code)

    def _state(self, snapshot: Snapshot, kind: str) -> Any:
        """What tells the files of a kind from those of another ledger or version."""
        version = snapshot.delta_version(kind)
        if version is None:
            return (snapshot.folder,)
        log = snapshot.table(kind).folder / "_delta_log" / f"{version:020}.json"
        written = log.stat().st_mtime_ns if log.exists() else None
        index = CustomerIndex(snapshot.folder, self.engine).newest(kind)
        return snapshot.folder, version, written, index

    def _landed(self, snapshot: Snapshot, kind: str) -> tuple[int, int]:
        """Name the files of a kind; gives how many rows they have, and how many do not count."""
        names, schema = KindTables(kind), kind_of(kind).stored_schema()
        version, table = snapshot.delta_version(kind), snapshot.table(kind)
        sizes = table.sizes(version)
        index, late = CustomerIndex(snapshot.folder, self.engine).files(kind, list(sizes))
        whole = ibis.schema({**schema, CODE: "int32", FILE: "int32"})
        self.engine.name_files(names.every, patterns(sorted(sizes)), schema)
        self.engine.name_files(names.late, patterns(late), schema)
        self.engine.name_files(names.index, patterns(index.paths if index else []), whole)
        gone = index.gone if index else []
        self._put(names.left_out, pl.DataFrame({"number": gone}, {"number": pl.Int32}))
        return sum(sizes.values()), table.uncounted(version)

    def _put(self, name: str, rows: pl.DataFrame) -> None:
        if len(rows) or name not in self._empty:
            self.engine.put(name, rows.to_arrow())
        (self._empty.discard if len(rows) else self._empty.add)(name)

    def _still_to_land(self, kind: str, rows: pl.DataFrame | None) -> None:
        names = KindTables(kind)
        if rows is None and kind not in self._pending and {names.fresh, names.said} <= self._empty:
            return
        whole = blank(kind) if rows is None else rows
        self._put(names.fresh, whole)
        said = whole.get_column(kind_of(kind).key[0]).to_list()
        said += self._pending[kind].gone if kind in self._pending else ()
        self._put(names.said, pl.DataFrame({"key": said}, {"key": pl.String}))

    def _customers(self) -> pl.DataFrame | None:
        """Customers of whom something is pending, as they will stand."""
        pending = self._pending.get(CUSTOMERS)
        if pending is None or not pending.rows:
            return None
        told = {code for frame in pending.rows for code in frame.get_column(KEY).to_list()}
        landed = self.engine.backend.table(KindTables(CUSTOMERS).every)
        rows = self.engine.materialise(landed.filter(landed[KEY].isin(sorted(told))))
        for frame in pending.rows:
            staged = self._read(Pending(CUSTOMERS, [frame]))
            names = [name for name in frame.columns if name != KEY]
            fresh = customers.updated(self._memory(staged), rows, names)
            fresh = fresh.mutate(**{BATCH_ID: ibis.literal("")})
            others = rows.anti_join(fresh, KEY)
            rows = self.engine.materialise(others.union(fresh.select(others.columns)))
        found = pl.from_arrow(self.engine.fetch(rows))
        assert isinstance(found, pl.DataFrame)
        return _typed(found, CUSTOMERS)

    def _memory(self, frame: pl.DataFrame) -> ir.Table:
        schema = KINDS[CUSTOMERS].stored_schema()
        return ibis.memtable(frame.to_arrow().cast(schema.to_pyarrow()), schema=schema)

    def _read(self, pending: Pending) -> pl.DataFrame:
        """The rows as they land, cleaned, with `counted`."""
        known = kind_of(pending.kind)
        assert self._ledger is not None
        settings = self._ledger.settings
        found = [blank(pending.kind)]
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
                rows = staged.frame() if staged.read else blank(pending.kind)
            void = pl.col("status").is_in(staged.void).fill_null(False) if staged.void else None
            if void is not None:
                rows = rows.with_columns(pl.when(void).then(False).alias(COUNTED))
            found.append(_typed(rows, pending.kind))
        return pl.concat(found)


@dataclass(frozen=True)
class _Landed:
    """What `Counting` asks of a snapshot: of each kind how many rows there are and do not count."""

    sizes: Mapping[str, tuple[int, int]]

    def delta_version(self, kind: str) -> int | None:
        """There are none."""

    def rows(self, engine: Engine, kind: str) -> ir.Table:
        """The rows that count and those that do not."""
        found: ir.Table = engine.backend.table(KindTables(kind).every)
        return found

    def uncounted(self, kind: str) -> int:
        """How many of them do not count."""
        return self.sizes[kind][1]


@dataclass(frozen=True)
class WithNumber(_Landed):
    """Of each kind the rows with the number that is looked for.

    Whether an order counts is told by itself and its lines, so that no others need be read.
    """

    engine: Recording
    _found: dict[str, ir.Table]

    def rows(self, engine: Engine, kind: str) -> ir.Table:
        """The rows that count and those that do not."""
        if kind not in self._found:
            every = engine.backend.table(KindTables(kind).every)
            sought = self.engine.temporary(SOUGHT)
            rows = every.semi_join(sought, every[NUMBERS[kind]] == sought.number)
            self._found[kind] = self.engine.materialise(rows)
        return self._found[kind]

    def counted(self, kind: str) -> ir.Table:
        """Those that count."""
        return Counting(self.engine, self).table(kind, self.rows(self.engine, kind))


_TEXT: Final[dict[str, Any]] = {KEY: pl.String}


def blank(kind: str) -> pl.DataFrame:
    """No rows of a kind, with all their columns."""
    return pl.DataFrame(schema=dict(kind_of(kind).stored_schema().to_polars()))


def _typed(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    types = dict(kind_of(kind).stored_schema().to_polars())
    lacking = [pl.lit(None).alias(name) for name in types if name not in frame.columns]
    return frame.with_columns(lacking).select(pl.col(n).cast(t) for n, t in types.items())
