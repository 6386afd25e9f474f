"""CSV and its kin: encoding, delimiter, physical line numbers, ragged rows, bounded memory."""

from __future__ import annotations

import codecs
import csv
import io
import re
from itertools import islice
from typing import IO, TYPE_CHECKING, Protocol

import polars as pl

from kefen.errors import ReadingError
from kefen.ledger.reading.header import header_score
from kefen.ledger.reading.model import LINE, Notice, Places
from kefen.ledger.reading.raw import FileOptions, HeadRow, Layout, Ragged, RawBatch, first_rows

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from kefen.ledger.facts import Kind

DELIMITERS = (",", ";", "\t", "|")
BLOCK_ROWS = 5_000
BATCH_BLOCKS = 4
_SNIFF_BYTES = 1 << 18
_CHECK_BYTES = 1 << 28
_NEWLINE = re.compile(r"\r\n|\r|\n")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Delimited:
    """A delimited text file. `total` and progress are in bytes."""

    format = "csv"
    sheet: str | None = None
    repeatable = True

    def __init__(
        self, stream: IO[bytes], name: str, options: FileOptions, kind: Kind | None = None
    ) -> None:
        """Find encoding and delimiter where they are not given.

        ReadingError `not-a-table`, `unknown-encoding`, `wrong-encoding`, `bad-delimiter`.
        """
        self._stream = stream
        self.name = name
        self.sheets: list[str] = []
        self.notices: list[Notice] = []
        self.places = Places()
        self.total = stream.seek(0, io.SEEK_END)
        self.encoding: str | None = (
            _named_encoding(stream, options.encoding)
            if options.encoding
            else find_encoding(stream, name)
        )
        self.delimiter: str | None = (
            named_delimiter(options.delimiter)
            if options.delimiter
            else self._find_delimiter(kind, options.header_row)
        )

    def names(self) -> list[str] | None:
        """None: the headings are somewhere in the first rows."""
        return None

    def head(self, header_row: int | None = None) -> list[HeadRow]:
        """The first rows, blank ones left out."""
        return self._head(self.delimiter or ",", header_row)

    def batches(self, layout: Layout) -> Generator[RawBatch]:
        """The rows below the headings, about 20,000 at a time."""
        width = len(layout.headings)
        with _Lines(self._stream, self.encoding) as lines:
            reader = csv.reader(lines.text, delimiter=self.delimiter or ",")
            while reader.line_num < layout.header_line and next(reader, None) is not None:
                pass
            blocks: list[pl.DataFrame] = []
            ragged: list[Ragged] = []
            while (block := _block(reader, layout.headings, width)) is not None:
                frame, uneven = block
                blocks.append(frame)
                ragged += uneven
                if len(blocks) == BATCH_BLOCKS:
                    yield RawBatch(pl.concat(blocks), lines.position(), ragged)
                    blocks, ragged = [], []
            if blocks:
                yield RawBatch(pl.concat(blocks), self.total, ragged)

    def _head(self, delimiter: str, header_row: int | None) -> list[HeadRow]:
        with _Lines(self._stream, self.encoding) as lines:
            return first_rows(_numbered(csv.reader(lines.text, delimiter=delimiter)), header_row)

    def _find_delimiter(self, kind: Kind | None, header_row: int | None) -> str:
        """The delimiter that shows most known headings, then most cells a row."""

        def merit(delimiter: str) -> tuple[float, int]:
            rows = self._head(delimiter, header_row)
            if not rows:
                return -1.0, 0
            score = header_score(rows, kind, header_row)
            return score, sorted(len(row.cells) for row in rows)[len(rows) // 2]

        return max(DELIMITERS, key=merit)


def named_delimiter(text: str) -> str:
    """The delimiter that a person named: one character, `tab` or `\\t`; else `bad-delimiter`.

    >>> named_delimiter(";"), named_delimiter("tab")
    (';', '\\t')
    """
    delimiter = "\t" if text.lower() in ("tab", "\\t") else text
    if len(delimiter) != 1 or delimiter in '"\r\n\0' or delimiter.isalnum():
        raise ReadingError("bad-delimiter", delimiter=text[:20])
    return delimiter


def _named_encoding(stream: IO[bytes], name: str) -> str:
    """The codec of that name, if the file decodes with it."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name)
        encoding = codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise ReadingError("unknown-encoding", encoding=name[:40]) from error
    if not _decodes(stream, encoding):
        raise ReadingError("wrong-encoding", encoding=name)
    return encoding


def _numbered(reader: Rows) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they end on, as far as they can be read."""
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error:
        return


class Rows(Protocol):
    """What `csv.reader` gives: rows of cells, and the number of the last line read."""

    @property
    def line_num(self) -> int:
        """The physical line that the last row ended on."""

    def __iter__(self) -> Iterator[list[str]]:
        """The rows."""

    def __next__(self) -> list[str]:
        """The next row."""


class _Lines:
    """The stream as text from its start, left open when done."""

    def __init__(self, stream: IO[bytes], encoding: str | None) -> None:
        self._stream, self._encoding = stream, encoding or "utf-8"

    def __enter__(self) -> _Lines:
        self._stream.seek(0)
        errors = "replace" if self._encoding in ("cp1252", "gb18030") else "strict"
        self.text = io.TextIOWrapper(
            self._stream, encoding=self._encoding, errors=errors, newline=""
        )
        return self

    def position(self) -> int:
        return self._stream.tell()

    def __exit__(self, *_: object) -> None:
        if not self._stream.closed:
            self.text.detach()


def _block(
    reader: Rows, headings: list[str], width: int
) -> tuple[pl.DataFrame, list[Ragged]] | None:
    """The next rows as columns of text with their line numbers; None at the end."""
    before = reader.line_num
    try:
        rows = list(islice(reader, BLOCK_ROWS))
    except csv.Error as error:
        raise ReadingError("unclosed-quote", line=before + 1) from error
    except UnicodeDecodeError as error:
        raise ReadingError("broken-encoding", line=before + 1) from error
    if not rows:
        return None
    contiguous = reader.line_num - before == len(rows)
    if contiguous and set(map(len, rows)) == {width}:
        lines = pl.int_range(before + 1, reader.line_num + 1, eager=True)
        return _columns(rows, headings).with_columns(lines.alias(LINE)), []
    return _uneven(rows, headings, width, before)


def _uneven(
    rows: list[list[str]], headings: list[str], width: int, before: int
) -> tuple[pl.DataFrame, list[Ragged]]:
    """Rows of differing width or over several lines: sort out line numbers and ragged rows."""
    even: list[list[str]] = []
    numbers: list[int] = []
    ragged: list[Ragged] = []
    line = before + 1
    for row in rows:
        start = line
        line += 1 + sum(len(_NEWLINE.findall(cell)) for cell in row if "\n" in cell or "\r" in cell)
        if len(row) == width:
            even.append(row)
            numbers.append(start)
        elif len(row) > width and not any(cell.strip() for cell in row[width:]):
            even.append(row[:width])
            numbers.append(start)
        elif any(cell.strip() for cell in row):
            ragged.append(Ragged(start, row))
    return _columns(even, headings).with_columns(pl.Series(LINE, numbers, dtype=pl.Int64)), ragged


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


def find_encoding(stream: IO[bytes], name: str) -> str:
    """The encoding of a text file by its BOM or its bytes: UTF-8, GB18030, UTF-16, Western.

    ReadingError `not-a-table` when the bytes are not text.
    """
    stream.seek(0)
    sample = stream.read(_SNIFF_BYTES)
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return encoding
    if b"\x00" in sample or _control_share(sample) > 0.02:
        raise ReadingError("not-a-table", name=name)
    if _decodes(stream, "utf-8"):
        return "utf-8"
    if _decodes(stream, "gb18030") and _looks_chinese(stream):
        return "gb18030"
    return "cp1252"


def _control_share(sample: bytes) -> float:
    odd = sum(sample.count(bytes([byte])) for byte in range(32) if byte not in b"\t\n\r\x0b\x0c")
    return odd / max(1, len(sample))


def _decodes(stream: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    stream.seek(0)
    seen = 0
    try:
        while seen < _CHECK_BYTES and (block := stream.read(1 << 20)):
            decoder.decode(block)
            seen += len(block)
        if seen < _CHECK_BYTES:
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _looks_chinese(stream: IO[bytes]) -> bool:
    """Whether most characters beyond ASCII are common Chinese: accented Western text is not."""
    stream.seek(0)
    text = stream.read(_SNIFF_BYTES).decode("gb18030", "ignore")
    foreign = [char for char in text if ord(char) > 127]
    common = sum(len(char.encode("gb2312", "ignore")) > 0 for char in foreign)
    return common >= len(foreign) / 2
