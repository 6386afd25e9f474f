"""What every format gives: the first rows to find the headings in, then frames of raw cells."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from kefen.extraction.text import cell_text as cell_text
from kefen.extraction.text import number_text as number_text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    import polars as pl

    from kefen.ledger.reading.model import Notice, Places

HEAD_ROWS = 30
MOST_COLUMNS = 16_384
LONGEST_CELL = 32_767
"""Characters of a cell; both bounds are those of Excel."""
RAGGED = "ragged-row"
_LONGEST_SHOWN = 1_000


@dataclass(frozen=True)
class FileOptions:
    """What a person says about a file; None leaves it to the evidence.

    `encoding` is the name of a Python codec, `delimiter` one character (both of text files),
    `sheet` a sheet's name (of workbooks), `header_row` the 1-based line that the headings end on
    (of both).
    """

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None


@dataclass(frozen=True)
class HeadRow:
    """One of the first rows: its 1-based line in the source and its cells as text."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class Layout:
    """Where the rows are: the headings (unique), and the line of the last heading row.

    `fill_down` names the headings whose vertically merged cells count for every row they span;
    `amounts` those that hold money, `numbers` those and all that hold numbers, `texts` those that
    hold texts or dates, `notes` those that hold sentences.
    """

    headings: list[str]
    header_line: int
    fill_down: frozenset[str] = frozenset()
    amounts: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FaultyRow:
    """A row that cannot be taken as it stands, and why: `code` and its facts.

    `ragged-row` has more or fewer cells than there are headings, `stray-quote` a quotation mark
    that opens or closes nothing, `undecodable` bytes that are no text of the file's encoding,
    `too-wide` more cells than any table has, `row-cell-too-long` a cell that is none.
    """

    line: int
    cells: list[str]
    code: str = RAGGED
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CellMark:
    """A cell that its format knows to be faulty: a formula without a result, digits lost."""

    line: int
    heading: str
    code: str


@dataclass(frozen=True)
class RawBatch:
    """Raw rows: one column a heading, plus `_line`. Text formats give text only.

    `marked` are cells known to be faulty before they are read. `numeric` are text columns in which
    every figure was a number: a point in them stands before decimals.
    """

    frame: pl.DataFrame
    done: int
    faulty: list[FaultyRow] = field(default_factory=list)
    marked: list[CellMark] = field(default_factory=list)
    numeric: frozenset[str] = frozenset()


class Table(Protocol):
    """One table of a source: a CSV file, a sheet or several alike, a Parquet file or a frame.

    `notices` holds what should be told of the source itself, `places` where its lines stand,
    `faulty_head` the first rows that cannot be taken as they stand, by line.
    """

    format: str
    name: str
    encoding: str | None
    delimiter: str | None
    sheets: list[str]
    sheet: str | None
    total: int
    notices: list[Notice]
    places: Places
    faulty_head: dict[int, FaultyRow]

    def names(self) -> list[str] | None:
        """The column names where the format declares them, else None."""

    def head(self, header_row: int | None = None) -> list[HeadRow]:
        """The first rows as text; for declared columns, the first data rows.

        Where the headings are said to end on `header_row`, so many rows below it as well.
        """

    def batches(self, layout: Layout) -> Generator[RawBatch]:
        """Every data row in order. May be called again where `repeatable`."""

    @property
    def repeatable(self) -> bool:
        """Whether `batches` can be called more than once."""


def first_rows(
    rows: Iterable[tuple[int, list[str]]], header_row: int | None = None
) -> list[HeadRow]:
    """The first rows that are not blank, of `(line, cells)`.

    Where the headings are said to end on `header_row`: the rows just above, and as many below.
    """
    start = header_row or 0
    above: deque[HeadRow] = deque(maxlen=HEAD_ROWS)
    below: list[HeadRow] = []
    for line, cells in rows:
        if line > start + 10 * HEAD_ROWS:
            break
        if any(cell.strip() for cell in cells):
            short = [cell[:_LONGEST_SHOWN] for cell in cells]
            (below if line > start else above).append(HeadRow(line, short))
        if len(below) == HEAD_ROWS:
            break
    return [*above, *below]
