"""The child's side of a Parquet file: values checked, types made plain, as Arrow streams."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kefen.extraction.text import cell_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATCH_ROWS = 50_000
HEAD, ROWS = "head.arrow", "rows.arrow"
_HEAD_ROWS = 30
_EPOCH = dt.date(1970, 1, 1).toordinal()
_DAYS = (-719_162, 2_932_896)
_PER_DAY = {"s": 86_400, "ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}


class Columns:
    """A Parquet file in the child."""

    def __init__(self, path: str, folder: Path) -> None:
        self._file = pq.ParquetFile(path)
        self._folder = folder

    def contents(self) -> dict[str, Any]:
        """Column names and the number of rows; the first rows are written to `head.arrow`."""
        first = next(self._batches(_HEAD_ROWS), None)
        _write(self._folder / HEAD, [] if first is None else [first])
        names = list(self._file.schema_arrow.names)
        return {"names": names, "rows": self._file.metadata.num_rows}

    def rows(self) -> dict[str, Any]:
        """Write every row to `rows.arrow`."""
        _write(self._folder / ROWS, self._batches(BATCH_ROWS))
        return {"rows": self._file.metadata.num_rows}

    def _batches(self, size: int) -> Iterator[pa.RecordBatch]:
        for batch in self._file.iter_batches(batch_size=size, use_threads=False):
            batch.validate(full=True)
            names = [f"c{place}" for place in range(batch.num_columns)]
            yield pa.RecordBatch.from_arrays([_plain(column) for column in batch.columns], names)


def _write(path: Path, batches: Any) -> None:
    """One stream a run of batches of the same types: a batch may turn out to need text."""
    stream = iter(batches)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with path.open("wb") as out:
        batch = next(stream, None)
        while batch is not None:
            with pa.ipc.new_stream(out, batch.schema, options=options) as writer:
                schema = batch.schema
                while batch is not None and batch.schema == schema:
                    writer.write_batch(batch)
                    batch = next(stream, None)


def _plain(column: pa.Array) -> pa.Array:
    """The column in a type that every reader knows; whatever is odd becomes text."""
    type_ = column.type
    if pa.types.is_dictionary(type_):
        return _plain(column.dictionary_decode())
    if isinstance(type_, pa.BaseExtensionType):
        return _plain(column.storage)
    if pa.types.is_null(type_):
        return column.cast(pa.string())
    if pa.types.is_boolean(type_) or pa.types.is_integer(type_) or pa.types.is_string(type_):
        return column
    if pa.types.is_float16(type_):
        return column.cast(pa.float32())
    if pa.types.is_floating(type_) or pa.types.is_decimal128(type_):
        return column
    if pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        return column.cast(pa.string())
    if pa.types.is_date(type_):
        return _dates(column)
    if pa.types.is_timestamp(type_):
        return _times(column)
    return _texts(column)


def _dates(column: pa.Array) -> pa.Array:
    if pa.types.is_date32(column.type):
        days = column.cast(pa.int32())
        return column if _within(days, *_DAYS) else _numbered(days, 1)
    milliseconds = column.cast(pa.int64())
    if _within(milliseconds, *(day * _PER_DAY["ms"] for day in _DAYS)):
        return column.cast(pa.timestamp("ms"))
    return _numbered(milliseconds, _PER_DAY["ms"])


def _times(column: pa.Array) -> pa.Array:
    unit, zone = column.type.unit, column.type.tz
    ticks = column.cast(pa.int64())
    if not _within(ticks, *(day * _PER_DAY[unit] for day in _DAYS)):
        return _numbered(ticks, _PER_DAY[unit])
    if unit == "s":
        unit = "ms"
    if zone and not _known(zone):
        zone = "UTC"
    return column.cast(pa.timestamp(unit, zone))


def _within(numbers: pa.Array, least: int, most: int) -> bool:
    """Whether all dates are of the years 1 to 9999."""
    ends = pc.min_max(numbers).as_py()
    return ends["min"] is None or (ends["min"] >= least and ends["max"] <= most)


def _numbered(numbers: pa.Array, per_day: int) -> pa.Array:
    """Dates as text, those beyond the calendar as the number of their day after 1970-01-01."""
    texts: list[str | None] = []
    for number in numbers.to_pylist():
        day = None if number is None else number // per_day
        if day is None:
            texts.append(None)
        elif _DAYS[0] <= day <= _DAYS[1]:
            texts.append(dt.date.fromordinal(day + _EPOCH).isoformat())
        else:
            texts.append(f"1970-01-01{day:+d}d")
    return pa.array(texts, pa.string())


def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _texts(column: pa.Array) -> pa.Array:
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        with contextlib.suppress(pa.ArrowInvalid):
            text = column.cast(pa.string())
            text.validate(full=True)
            return text
    return pa.array([cell_text(value.as_py()) for value in column], pa.string())
