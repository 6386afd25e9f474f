"""Reads a source into a staging folder, chunk by chunk: clean rows, rejections, a fingerprint."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from kefen.ledger.facts import BATCH_ID
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE
from kefen.ledger.rejections import Rejections
from kefen.ledger.tables import patterns

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger.facts import Kind
    from kefen.ledger.progress import Meter
    from kefen.ledger.reading import Reader
    from kefen.ledger.reading.model import Notice

_PIECE = 1 << 20


@dataclass(frozen=True)
class Staged:
    """What was read: files of clean rows, their count, the mapped columns and the content hash."""

    kind: Kind
    folder: Path
    files: list[Path]
    read: int
    rejected: int
    mapped: tuple[str, ...]
    rejections: Rejections
    content_hash: str
    notices: tuple[Notice, ...]

    filled: frozenset[str]

    def rows(self, engine: Engine) -> ir.Table:
        """The clean rows: stored columns, the customer's name and the line.

        Columns that nobody filled are left out of facts: sorting millions of rows is dear.
        """
        whole = staged_schema(self.kind)
        rows = engine.read_parquet(patterns(self.files), whole)
        if self.kind.name == "customers":
            return rows
        needed = {*self.filled, *self.kind.key, self.kind.customer_column, CUSTOMER_NAME, LINE}
        return rows.select([name for name in whole.names if name in needed])


def stage(reader: Reader, folder: Path, meter: Meter) -> Staged:
    """Read everything into `folder`, one Parquet file a chunk."""
    kind = reader.kind
    names = staged_schema(kind).names
    columns = [pl.col(name).cast(type_) for name, type_ in _polars_types(kind).items()]
    headings = {column: heading for heading, column in reader.preview.mapping.items() if column}
    rejections = Rejections(folder / "rejections.jsonl", headings)
    digest = hashlib.sha256()
    files: list[Path] = []
    notices: list[Notice] = []
    read = rejected = 0
    filled: set[str] = set()
    chunks = iter(reader.chunks())
    meter.at("reading", 0, 0)
    while (chunk := meter.during(lambda: next(chunks, None))) is not None:
        rows = chunk.rows
        missing = [pl.lit(None).alias(name) for name in names if name not in rows.columns]
        rows = rows.with_columns(missing).select(columns)
        filled |= {column.name for column in rows if column.null_count() < len(rows)}
        if len(rows):
            file = folder / f"rows-{len(files)}.parquet"
            rows.write_parquet(file, compression="lz4", statistics=False)
            files.append(file)
            digest.update(_bytes(rows))
        read += len(rows)
        notices += chunk.notices
        rejected += rejections.append(chunk.rejections)
        meter.at("reading", chunk.done, chunk.total)
    return Staged(
        kind,
        folder,
        files,
        read,
        rejected,
        mapped=tuple(sorted({*headings, *(filled & {"attributes"})})),
        rejections=rejections,
        content_hash=digest.hexdigest(),
        notices=tuple(notices),
        filled=frozenset(filled),
    )


def staged_schema(kind: Kind) -> ibis.Schema:
    """The stored columns of a kind, the customer's name as the file gives it, and the line."""
    stored = {name: type_ for name, type_ in kind.schema().items() if name != BATCH_ID}
    return ibis.schema({**stored, CUSTOMER_NAME: "string", LINE: "int64"})


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


def _polars_types(kind: Kind) -> dict[str, pl.DataType]:
    return dict(staged_schema(kind).to_polars())


def _bytes(rows: pl.DataFrame) -> memoryview:
    out = io.BytesIO()
    rows.write_ipc(out)
    return out.getbuffer()
