"""Parquet files and frames: pandas, Polars, Arrow, Ibis, and whatever speaks Arrow's stream."""

from __future__ import annotations

from itertools import chain
from typing import IO, TYPE_CHECKING, Any

import polars as pl

from kefen.errors import ReadingError
from kefen.extraction.process import Extraction
from kefen.ledger.reading.header_row import unique
from kefen.ledger.reading.model import LINE, Notice, Places
from kefen.ledger.reading.raw import HEAD_ROWS, FaultyRow, HeadRow, Layout, RawBatch, cell_text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    import pyarrow as pa

BATCH_ROWS = 100_000


class Columnar:
    """A table whose columns have names and types of their own. Progress is in rows."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    def __init__(
        self,
        name: str,
        format_: str,
        columns: list[str],
        frames: Callable[[], Iterator[pl.DataFrame]],
        total: int = 0,
        *,
        repeatable: bool = True,
        head: Callable[[], pl.DataFrame] | None = None,
    ) -> None:
        self.name, self.format, self.total = name, format_, total
        self.repeatable = repeatable
        self.sheets: list[str] = []
        self.notices: list[Notice] = []
        self.faulty_head: dict[int, FaultyRow] = {}
        self.places = Places()
        self._head = head
        self._columns = unique(columns)
        self._frames = frames
        self._first: pl.DataFrame | None = None
        self._rest: Iterator[pl.DataFrame] | None = None

    def names(self) -> list[str] | None:
        """The columns' own names, made unique."""
        return self._columns

    def head(self, header_row: int | None = None) -> list[HeadRow]:  # noqa: ARG002
        """The first data rows as text; the headings are the columns' own names."""
        rows = self._beginning().head(HEAD_ROWS).rows()
        return [
            HeadRow(line, [cell_text(cell) or "" for cell in row])
            for line, row in enumerate(rows, start=1)
        ]

    def _beginning(self) -> pl.DataFrame:
        if self._head is not None:
            return self._head()
        if self._first is None:
            self._rest = self._frames()
            self._first = next(self._rest, pl.DataFrame())
        return self._first

    def batches(self, layout: Layout) -> Generator[RawBatch]:
        """Every row, in order; line numbers count rows from 1."""
        done = 0
        for frame in self._all():
            named = frame.rename(dict(zip(frame.columns, layout.headings, strict=True)))
            lines = pl.int_range(done + 1, done + frame.height + 1, eager=True)
            done += frame.height
            yield RawBatch(named.with_columns(lines.alias(LINE)), done)

    def _all(self) -> Iterator[pl.DataFrame]:
        if self._first is None or self.repeatable:
            return self._frames()
        first, rest = self._first, self._rest or iter(())
        return chain([first] if first.width else [], rest)


def open_parquet(stream: IO[bytes], name: str) -> Columnar:
    """A Parquet file, read in a process of its own; ReadingError `broken-parquet` and others."""
    extraction = Extraction("parquet", stream, name)
    told = extraction.ask()

    def head() -> pl.DataFrame:
        return next(_arrow_file(extraction.folder / "head.arrow"), pl.DataFrame())

    def frames() -> Iterator[pl.DataFrame]:
        file = extraction.folder / "rows.arrow"
        if not file.exists():
            extraction.ask("rows")
            extraction.release()
        return _arrow_file(file)

    return Columnar(name, "parquet", told["names"], frames, told["rows"], head=head)


def _arrow_file(path: Path) -> Iterator[pl.DataFrame]:
    """The batches of a file of Arrow streams, one after another."""
    import pyarrow as pa  # a tenth of a second that text files do without

    with path.open("rb") as file:
        size = path.stat().st_size
        while file.tell() < size:
            with pa.ipc.open_stream(file) as stream:
                for batch in stream:
                    yield _polars(batch)


def open_frame(source: Any, name: str = "") -> Columnar:
    """A frame of any library, called `name` or else by its library; else ReadingError
    `unknown-source`.
    """
    module = type(source).__module__.partition(".")[0]
    if isinstance(source, pl.LazyFrame):
        source = source.collect(engine="streaming")
    if isinstance(source, pl.DataFrame):
        return _sliced(source, "polars", name)
    if module == "pandas":
        return _sliced(_from_pandas(source), "pandas", name)
    if module == "ibis":
        return _sliced(_polars(source.to_pyarrow()), "ibis", name)
    if module == "pyarrow" and hasattr(source, "num_rows"):
        return _sliced(_polars(source), "arrow", name)
    if hasattr(source, "__arrow_c_stream__"):
        import pyarrow as pa

        return _streamed(pa.RecordBatchReader.from_stream(source), "arrow", name)
    raise ReadingError("unknown-source", type=type(source).__name__)


def _polars(data: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(data)
    return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()


def _sliced(frame: pl.DataFrame, format_: str, name: str) -> Columnar:
    def frames() -> Iterator[pl.DataFrame]:
        return frame.iter_slices(BATCH_ROWS)

    return Columnar(name or format_, format_, frame.columns, frames, frame.height)


def _streamed(reader: pa.RecordBatchReader, format_: str, name: str) -> Columnar:
    def frames() -> Iterator[pl.DataFrame]:
        return (_polars(batch) for batch in reader if batch.num_rows)

    return Columnar(name or format_, format_, reader.schema.names, frames, repeatable=False)


def _from_pandas(frame: Any) -> pl.DataFrame:
    """A pandas frame column by column; columns of mixed types become text, a named index stays."""
    if any(frame.index.names):
        frame = frame.reset_index()
    labels = [
        " ".join(str(part) for part in label) if isinstance(label, tuple) else str(label)
        for label in frame.columns
    ]
    import pyarrow as pa

    series = []
    for name, place in zip(unique(labels), range(len(labels)), strict=True):
        column = frame.iloc[:, place]
        try:
            series.append(pl.from_pandas(column.rename(name)))
        except (pa.ArrowException, TypeError, ValueError):
            texts = [cell_text(None if value != value else value) for value in column]
            series.append(pl.Series(name, texts, dtype=pl.String))
    return pl.DataFrame(series)
