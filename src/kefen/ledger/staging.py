"""Reads a source into a staging folder, chunk by chunk: clean rows, rejections, a fingerprint."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.deferred import ibis
from kefen.errors import LedgerError
from kefen.ledger.facts import BATCH_ID, COUNTED, SALES
from kefen.ledger.frame_types import frame_types, whole
from kefen.ledger.invoice_lines import names_products
from kefen.ledger.notices import MONEY, merged, money
from kefen.ledger.number_proof import NumberProof
from kefen.ledger.reading.further_statuses import sort_of
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE
from kefen.ledger.reading.order_totals import TOTAL
from kefen.ledger.rejections import Rejections
from kefen.ledger.sorted_rows import RowFiles
from kefen.ledger.staged_files import StagedFiles
from kefen.ledger.status_count import StatusCount
from kefen.ledger.tables import patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger.facts import Kind
    from kefen.ledger.progress import Meter
    from kefen.ledger.reading import Reader
    from kefen.ledger.reading.model import Chunk, Notice
    from kefen.ledger.staged_files import Range

_PIECE = 1 << 20
_SHOWN = 12


@dataclass(frozen=True)
class Staged:
    """What was read: clean rows, their count, the mapped columns and the content hash.

    `weight` is the sum of the amounts without their signs, 0 where the kind has no money.
    """

    kind: Kind
    folder: Path
    ranges: tuple[Range, ...]
    """The rows, apart by ranges of customers."""
    read: int
    rejected: int
    mapped: tuple[str, ...]
    rejections: Rejections
    content_hash: str
    notices: tuple[Notice, ...]
    weight: Decimal

    filled: frozenset[str]
    void: tuple[str, ...] = ()
    """The statuses of this file that say of an order that it is no sale."""
    totals: tuple[Path, ...] = ()
    """Files of the money of whole orders, where it stands beside that of their lines."""
    unclear: tuple[tuple[str, int, int], ...] = ()
    """Statuses that are codes, with rows and cents, of which nobody said whether they count."""
    written: Mapping[str, int] = field(default_factory=dict)
    """How many rows have a value in the columns that are not stored."""
    says_status: bool = False
    """Whether further columns of the file say what is void."""
    declared: bool = False
    """Whether the columns are the table's own, as in frames and Parquet, which programs make."""
    lined: bool = False
    """Whether further columns of the file name products, so that its rows are lines."""
    positive: bool = False
    """Whether each row has an amount, and none is below 0."""
    whole: frozenset[str] = frozenset()
    """The columns that every row fills."""
    numbers: NumberProof | None = None
    """What the rows, in their order, show of their numbers."""
    voided: tuple[Path, ...] = ()
    """Files of the numbers of invoices, payments and returns that this file calls void."""

    @property
    def held(self) -> pl.DataFrame | None:
        """The rows where all of them are in memory, without empty columns."""
        whole = self.ranges[0] if self.ranges else None
        return None if whole is None or not whole.held else whole.frame()

    @cached_property
    def repeats(self) -> Rejections:
        """Where rows are listed that are left out as repeated."""
        return Rejections(self.folder / "repeats.jsonl", self.rejections.headings)

    def refuse_unclear(self) -> None:
        """Refuse statuses that are codes of which nobody said whether they count.

        Raises:
            LedgerError: `statuses-unclear`.
        """
        if self.unclear:
            shown = self.unclear[:_SHOWN]
            raise LedgerError(
                "statuses-unclear",
                heading=self.rejections.headings.get("status") or "status",
                count=len(self.unclear),
                codes=[f"{code} ({rows:,} – {money(cents)})" for code, rows, cents in shown],
                example=[f"{code}=yes" for code, _, _ in shown],
            )

    def order_totals(self, engine: Engine) -> ir.Table | None:
        """The money of whole orders by `order_id`, where the file gives it beside the lines."""
        if not self.totals:
            return None
        schema = ibis.schema({"order_id": "string", TOTAL: "decimal(18, 2)"})
        rows = engine.read_parquet(patterns(list(self.totals)), schema)
        return rows.group_by("order_id").aggregate(**{TOTAL: rows[TOTAL].max()})

    def no_more(self, engine: Engine) -> ir.Table | None:
        """The numbers that this file calls void and does not have otherwise."""
        if not self.voided:
            return None
        unit = self.kind.key[0]
        numbers = engine.read_parquet(patterns(list(self.voided)), ibis.schema({unit: "string"}))
        return numbers.anti_join(self.rows(engine), unit).distinct() if self.ranges else numbers

    def row_files(
        self, batch_id: str, left: pl.DataFrame | None = None, own: pl.DataFrame | None = None
    ) -> RowFiles | None:
        """The clean rows as a batch; None where they say more than what was read.

        Rows of some lines are `left` out, others have numbers of their `own`.
        """
        if self.void:
            return None
        return RowFiles(self.ranges, self.filled, batch_id, self.kind.key[0], left, own)

    def frame(self) -> pl.DataFrame:
        """The clean rows in memory: stored columns, the customer's name and the line."""
        types = frame_types(staged_types(self.kind))
        return pl.concat([whole(part.frame(), types) for part in self.ranges])

    def some(self, column: str, values: pl.Series) -> pl.DataFrame:
        """The clean rows in memory that have one of these values, as `frame` gives all."""
        types = frame_types(staged_types(self.kind))
        each = (rows for part in self.ranges for rows in part.frames())
        found = [rows.filter(rows[column].is_in(values.implode())) for rows in each]
        return pl.concat([whole(rows, types) for rows in found])

    def rows(self, engine: Engine) -> ir.Table:
        """The clean rows: stored columns, the customer's name and the line.

        Columns that nobody filled are left out of facts: sorting millions of rows is dear.
        """
        schema = staged_schema(self.kind)
        held = self.held
        if held is None:
            files = [file for part in self.ranges for file in part.files]
            rows = engine.read_parquet(patterns(files), schema)
        else:
            rows = engine.lend(held, schema)
        if self.kind.name == "customers":
            return rows
        needed = {*self.filled, *self.kind.key, self.kind.customer_column, CUSTOMER_NAME, LINE}
        rows = rows.select([name for name in schema.names if name in needed])
        if not self.void:
            return rows
        none = rows.status.isin(self.void).fill_null(False)
        return rows.mutate(**{COUNTED: ibis.ifelse(none, False, ibis.null("boolean"))})


def stage(
    reader: Reader,
    folder: Path,
    meter: Meter,
    statuses: Mapping[str, bool] | None = None,
    origin: str | None = None,
) -> Staged:
    """Read everything; what does not stay in memory goes into `folder`.

    `origin` is the hash of the file that is read, where there is one; else its rows are hashed.
    `statuses` says of a status whether it counts, where its meaning is to be corrected.
    """
    stage_ = _Stage(reader, folder, {**reader.statuses, **(statuses or {})}, origin)
    meter.at("reading", 0, 0)
    while (chunk := meter.during(stage_.read)) is not None:
        meter.at("reading", chunk.done, chunk.total)
    return stage_.staged()


class _Stage:
    def __init__(
        self, reader: Reader, folder: Path, statuses: Mapping[str, bool], origin: str | None
    ) -> None:
        self._statuses = StatusCount(statuses)
        self._kind, self._folder = reader.kind, folder
        self._chunks = iter(reader.chunks(hashed=not origin))
        self._origin = origin
        mapping = reader.preview.mapping
        headings = {column: heading for heading, column in mapping.items() if column}
        self._rejections = Rejections(folder / "rejections.jsonl", headings, reader.places)
        self._reader = reader
        self._files = StagedFiles(folder, reader.kind.customer_column)
        self._notices: list[Notice] = []
        self._filled: set[str] = set()
        self._partly: set[str] = set()
        self._totals: list[Path] = []
        self._voided: list[Path] = []
        self._written: Counter[str] = Counter()
        self._read = self._rejected = 0
        self._weight = Decimal(0)
        self._positive = True
        self._numbers = NumberProof(reader.kind)

    def read(self) -> Chunk | None:
        """Take one more chunk; None at the end."""
        chunk = next(self._chunks, None)
        if chunk is not None:
            rows = chunk.rows if self._kind.name in SALES else self._without_void(chunk.rows)
            if len(rows):
                self._keep(rows, len(rows) * max(chunk.total, chunk.done) / max(chunk.done, 1))
            if chunk.totals is not None:
                file = self._folder / f"totals-{len(self._totals)}.parquet"
                chunk.totals.write_parquet(file, compression="lz4", statistics=False)
                self._totals.append(file)
            self._written.update(chunk.written)
            self._read += len(rows)
            self._notices += chunk.notices
            self._rejected += self._rejections.append(chunk.rejections)
        return chunk

    def _without_void(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows without those that are void, whose numbers are noted."""
        left, unit = self._statuses.without_void(rows), self._kind.key[0]
        if len(left) < len(rows) and unit in rows.columns:
            gone = rows.join(left.select(LINE), on=LINE, how="anti").select(unit).drop_nulls()
            file = self._folder / f"voided-{len(self._voided)}.parquet"
            gone.unique().write_parquet(file, compression="lz4", statistics=False)
            self._voided.append(file)
        return left

    def _keep(self, rows: pl.DataFrame, expected: float) -> None:
        types = staged_types(self._kind)
        if self._kind.name in SALES:
            self._statuses.look(rows)
        rows = whole(rows, frame_types(types))
        self._filled |= {column.name for column in rows if column.null_count() < len(rows)}
        self._partly |= {column.name for column in rows if column.null_count()}
        self._numbers.look(rows)
        if MONEY in types:
            self._weight += Decimal(rows[MONEY].abs().sum() or 0)
            self._positive &= bool((rows[MONEY] >= 0).all(ignore_nulls=False))
        self._files.add(rows, expected)

    def staged(self) -> Staged:
        """All that was read."""
        headings = self._rejections.headings
        self._files.end()
        return Staged(
            self._kind,
            self._folder,
            tuple(self._files.ranges),
            self._read,
            self._rejected,
            mapped=tuple(sorted({*headings, *(self._filled & {"attributes"})})),
            rejections=self._rejections,
            content_hash=self._origin or self._reader.content_hash,
            notices=(*merged(self._notices), *self._statuses.notices()),
            weight=self._weight,
            filled=frozenset(self._filled),
            void=self._statuses.void(),
            totals=tuple(self._totals),
            written=self._written,
            unclear=self._statuses.unclear(),
            declared=self._reader.declared,
            says_status=any(map(sort_of, self._reader.preview.unmapped)),
            lined=names_products(self._reader.preview.unmapped),
            voided=tuple(self._voided),
            positive=self._positive,
            whole=frozenset(self._filled - self._partly),
            numbers=self._numbers,
        )


def staged_types(kind: Kind) -> dict[str, str]:
    """The stored columns of a kind, the customer's name as the file gives it, and the line."""
    stored = {name: type_ for name, type_ in kind.types().items() if name != BATCH_ID}
    return {**stored, CUSTOMER_NAME: "string", LINE: "int64"}


def staged_schema(kind: Kind) -> ibis.Schema:
    """`staged_types` as Ibis has them."""
    return ibis.schema(staged_types(kind))


def file_hash(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def spool(source: Any, folder: Path) -> Path:
    """Copy a file-like object to disk under its own name, so that it can be read and hashed."""
    name = Path(str(getattr(source, "name", "") or "upload")).name
    target = folder / "upload" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        while piece := source.read(_PIECE):
            out.write(piece.encode() if isinstance(piece, str) else piece)
    return target
