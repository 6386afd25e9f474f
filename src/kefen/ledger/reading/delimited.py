"""CSV and its kin: encoding, delimiter, physical line numbers, ragged rows, bounded memory."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

import polars as pl

from kefen.errors import ReadingError
from kefen.ledger.reading.encoding import find_encoding, named_encoding
from kefen.ledger.reading.header_row import header_score
from kefen.ledger.reading.lines import BLOCK_BYTES, blocks
from kefen.ledger.reading.model import LINE, Places
from kefen.ledger.reading.quotes import parsed
from kefen.ledger.reading.raw import FaultyRow, FileOptions, HeadRow, Layout, RawBatch, first_rows
from kefen.ledger.reading.shifted import shifted_rows

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.model import Notice
    from kefen.ledger.reading.quotes import Rows

DELIMITERS = (",", ";", "\t", "|")
BATCH_ROWS = 60_000
TOO_WIDE = "too-wide"
_HEAD_BYTES = 1 << 16
_WIDE = 1_000
"""Columns from which on a block is longer, so that it holds more than a few rows."""


class Delimited:
    """A delimited text file. `total` and progress are in bytes."""

    format = "csv"
    sheet: str | None = None
    repeatable = True

    def __init__(
        self, stream: IO[bytes], name: str, options: FileOptions, kind: Kind | None = None
    ) -> None:
        """Find encoding and delimiter where they are not given.

        ReadingError `not-a-table`, `mixed-encodings`, `unknown-encoding`, `wrong-encoding`,
        `bad-delimiter`, `line-too-long`.
        """
        self._stream = stream
        self.name = name
        self.sheets: list[str] = []
        self.faulty_head: dict[int, FaultyRow] = {}
        self.places = Places()
        self.total = stream.seek(0, io.SEEK_END)
        decoding = (
            named_encoding(stream, options.encoding)
            if options.encoding
            else find_encoding(stream, name)
        )
        self._encoding = decoding.encoding
        self.encoding: str | None = decoding.encoding
        self.notices: list[Notice] = decoding.notices
        self._delimiter = (
            named_delimiter(options.delimiter)
            if options.delimiter
            else self._find_delimiter(kind, options.header_row)
        )
        self.delimiter: str | None = self._delimiter

    def names(self) -> list[str] | None:
        """None: the headings are somewhere in the first rows."""
        return None

    def head(self, header_row: int | None = None) -> list[HeadRow]:
        """The first rows, blank ones left out; faulty ones as far as they can be shown.

        ReadingError `too-many-columns`.
        """
        faulty: list[FaultyRow] = []
        rows = self._head(self._delimiter, header_row, faulty)
        wide = [row for row in faulty if row.code == TOO_WIDE]
        if wide and (not rows or wide[0].line < rows[0].line):
            raise ReadingError("too-many-columns", line=wide[0].line, **wide[0].data)
        self.faulty_head = {row.line: row for row in faulty}
        return rows

    def batches(self, layout: Layout) -> Generator[RawBatch]:
        """The rows below the headings, about 60,000 at a time."""
        width, before = len(layout.headings), 0
        size = BLOCK_BYTES * (8 if width > _WIDE else 1)
        lines = blocks(self._stream, self._encoding, size, layout.header_line)
        for rows in parsed(lines, self._delimiter, width):
            frame, faulty = _frame(rows, layout)
            if self._delimiter == "," and layout.amounts:
                frame, shifted = shifted_rows(frame, layout)
                faulty += shifted
            yield from _sliced(frame, faulty, before, rows.done)
            before = rows.done

    def _head(
        self, delimiter: str, header_row: int | None, faulty: list[FaultyRow]
    ) -> list[HeadRow]:
        lines = blocks(self._stream, self._encoding, _HEAD_BYTES)
        return first_rows(_numbered(parsed(lines, delimiter), faulty), header_row)

    def _find_delimiter(self, kind: Kind | None, header_row: int | None) -> str:
        """The delimiter that shows most known headings, then most cells a row."""

        def merit(delimiter: str) -> tuple[float, int]:
            rows = self._head(delimiter, header_row, [])
            if not rows:
                return -1.0, 0
            score = header_score(rows, kind, header_row)
            if _cut_beside(rows, delimiter):
                score -= 1
            return score, sorted(len(row.cells) for row in rows)[len(rows) // 2]

        return max(DELIMITERS, key=merit)


def named_delimiter(text: str) -> str:
    r"""The delimiter that a person named: one character, `tab` or `\t`; else `bad-delimiter`.

    >>> named_delimiter(";"), named_delimiter("tab")
    (';', '\t')
    """
    delimiter = "\t" if text.lower() in ("tab", "\\t") else text
    if len(delimiter) != 1 or delimiter in '"\r\n\0' or delimiter.isalnum():
        raise ReadingError("bad-delimiter", delimiter=text[:20])
    return delimiter


def _cut_beside(rows: list[HeadRow], delimiter: str) -> bool:
    """Whether most cells begin with another delimiter: this one only pads them."""
    others = tuple(set(DELIMITERS) - {delimiter, "\t"})
    cells = [cell for row in rows for cell in row.cells[1:] if cell.strip()]
    return sum(cell.startswith(others) for cell in cells) * 2 > len(cells)


def _numbered(parts: Iterator[Rows], faulty: list[FaultyRow]) -> Iterator[tuple[int, list[str]]]:
    """Rows in order with the line that each ends on; `faulty` collects those that are faulty.

    Those that no table has are left out.
    """
    for rows in parts:
        found = [
            (line + sum(cell.count("\n") for cell in cells), cells)
            for line, cells in zip(rows.lines, rows.cells, strict=True)
        ]
        faulty += rows.faulty
        found += [(row.line, row.cells) for row in rows.faulty if row.code != TOO_WIDE]
        yield from sorted(found, key=lambda row: row[0])


def _frame(rows: Rows, layout: Layout) -> tuple[pl.DataFrame, list[FaultyRow]]:
    """The rows as columns of text with their line numbers, and those that are no such rows."""
    width = len(layout.headings)
    if rows.even is not None:
        frame = rows.even.rename(dict(zip(rows.even.columns, layout.headings, strict=True)))
    elif rows.cells and set(map(len, rows.cells)) == {width}:
        frame = _columns(rows.cells, layout.headings)
    else:
        return _uneven(rows, layout.headings, width)
    lines = rows.lines
    numbers = (
        pl.int_range(lines.start, lines.stop, eager=True)
        if isinstance(lines, range)
        else pl.Series(lines, dtype=pl.Int64)
    )
    return frame.with_columns(numbers.alias(LINE)), rows.faulty


def _uneven(rows: Rows, headings: list[str], width: int) -> tuple[pl.DataFrame, list[FaultyRow]]:
    """Rows of differing width: blank ones are left out, empty cells too many are dropped."""
    even: list[list[str]] = []
    numbers: list[int] = []
    faulty = list(rows.faulty)
    for line, row in zip(rows.lines, rows.cells, strict=True):
        if len(row) == width:
            even.append(row)
            numbers.append(line)
        elif len(row) > width and not any(cell.strip() for cell in row[width:]):
            even.append(row[:width])
            numbers.append(line)
        elif any(cell.strip() for cell in row):
            faulty.append(FaultyRow(line, row))
    return _columns(even, headings).with_columns(pl.Series(LINE, numbers, dtype=pl.Int64)), faulty


def _columns(rows: list[list[str]], headings: list[str]) -> pl.DataFrame:
    if not rows:
        return pl.DataFrame(schema=dict.fromkeys(headings, pl.String))
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            pl.Series(heading, cells, dtype=pl.String)
            for heading, cells in zip(headings, columns, strict=True)
        ]
    )


def _sliced(
    frame: pl.DataFrame, faulty: list[FaultyRow], before: int, done: int
) -> Iterator[RawBatch]:
    """One block in batches of about the same size; progress grows with the rows."""
    count = max(1, round(frame.height / BATCH_ROWS))
    size = max(1, -(-frame.height // count))
    if frame.height <= size:
        if frame.height or faulty:
            yield RawBatch(frame, done, faulty)
        return
    for start in range(0, frame.height, size):
        end = min(start + size, frame.height)
        part = before + (done - before) * end // frame.height
        yield RawBatch(frame[start:end], part, faulty if end == frame.height else [])
