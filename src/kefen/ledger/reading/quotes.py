"""Lines into rows of cells: a faulty quotation mark costs its own row, never the rows after it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from operator import add
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading.encoding import FAULTY
from kefen.ledger.reading.even import cut, quoted_delimiters
from kefen.ledger.reading.lines import LONGEST_LINE, longer_line
from kefen.ledger.reading.raw import MOST_COLUMNS, FaultyRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kefen.ledger.reading.lines import Block

_LONGEST_QUOTED = 131_072
"""What the `csv` module takes as one cell."""
_REPLACED = "\ufffd"
_STAND_IN = "\x1f"
"""In the place of a delimiter that stands in a quoted cell, for a while."""
_NUMBER_LIKE = re.compile(r"[^\W\d_]")
_WIDTH_OF_ROWS = 3


@dataclass
class Rows:
    """Rows of cells with the line that each begins on, and the rows that could not be taken.

    `even` are rows that all have the width they should have, in the place of `cells`.
    """

    cells: list[list[str]] = field(default_factory=list)
    lines: Sequence[int] = ()
    faulty: list[FaultyRow] = field(default_factory=list)
    done: int = 0
    even: pl.DataFrame | None = None


def parsed(blocks: Iterable[Block], delimiter: str, width: int | None = None) -> Iterator[Rows]:
    """The rows of each block; `width` is how many cells a row should have, where that is known."""
    carried: list[str] = []
    for block in blocks:
        if width and not (carried or block.faulty):
            even = _even(block, delimiter, width)
            if even is not None:
                numbers = range(block.first, block.first + block.count)
                yield Rows(lines=numbers, done=block.done, even=even)
                continue
        lines = carried + block.lines if carried else block.lines
        first = block.first - len(carried)
        quoted = block.quoted or bool(carried)
        carried = []
        lines, wide = _bounded(lines, first, delimiter)
        if quoted:
            rows, carried = _quoted(lines, first, delimiter, width, final=block.final)
        else:
            cells = [line.split(delimiter) for line in lines]
            rows = Rows(cells, range(first, first + len(cells)))
        rows.done = block.done
        if block.faulty:
            _set_aside_undecodable(rows)
        if wide:
            _set_aside(rows, wide)
        yield rows


def _even(block: Block, delimiter: str, width: int) -> pl.DataFrame | None:
    """The cells of a block in which each line is a row of this width; None of any other."""
    if not block.quoted:
        return cut(block.text, block.count, delimiter, width)
    within = quoted_delimiters(block.text, delimiter)
    if within is not None and longer_line(block.text, _LONGEST_QUOTED) is None:
        return cut(block.text, block.count, delimiter, width, within)
    if _STAND_IN in block.text:
        return None
    between, marked = _marked_apart(block.text)
    ended = [line + "\n" for line in marked]
    try:
        rows = list(csv.reader(ended, delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return None
    if len(rows) < len(marked) or any(len(row) != width for row in rows):
        return None
    held = {place for row in rows for place, cell in enumerate(row) if delimiter in cell}
    plain = [delimiter.join(cell.replace(delimiter, _STAND_IN) for cell in row) for row in rows]
    text = "".join(map(add, between, [*plain, ""]))
    frame = cut(text, block.count, delimiter, width)
    if frame is None or not held:
        return frame
    cells = pl.nth(sorted(held)).str.replace_all(_STAND_IN, delimiter, literal=True)
    return frame.with_columns(cells)


def _marked_apart(text: str) -> tuple[list[str], list[str]]:
    r"""The lines with quotation marks, and what is before the first, between them and after.

    >>> _marked_apart('a\n"b"\nc\n"d"\n"e"')
    (['a\n', '\nc\n', '\n', ''], ['"b"', '"d"', '"e"'])
    """
    between: list[str] = []
    marked: list[str] = []
    begin = 0
    while (mark := text.find('"', begin)) >= 0:
        start = text.rfind("\n", begin, mark) + 1 or begin
        end = text.find("\n", mark)
        end = len(text) if end < 0 else end
        between.append(text[begin:start])
        marked.append(text[start:end])
        begin = end
    return [*between, text[begin:]], marked


def _bounded(lines: list[str], first: int, delimiter: str) -> tuple[list[str], list[FaultyRow]]:
    """The lines, those with more cells than any table has left blank; and those as faulty rows."""
    if not lines or max(map(len, lines)) <= MOST_COLUMNS:
        return lines, []
    wide = []
    for place, line in enumerate(lines):
        if len(line) > MOST_COLUMNS and (found := line.count(delimiter) + 1) > MOST_COLUMNS:
            data = {"found": found, "most": MOST_COLUMNS}
            wide.append(FaultyRow(first + place, line[:1_000].split(delimiter), "too-wide", data))
    kept = list(lines)
    for row in wide:
        kept[row.line - first] = ""
    return kept, wide


def _set_aside(rows: Rows, faulty: list[FaultyRow]) -> None:
    taken = {row.line for row in faulty}
    kept = [place for place, line in enumerate(rows.lines) if line not in taken]
    rows.cells = [rows.cells[place] for place in kept]
    rows.lines = [rows.lines[place] for place in kept]
    rows.faulty += faulty


def _set_aside_undecodable(rows: Rows) -> None:
    _set_aside(
        rows,
        [
            FaultyRow(line, _shown(cells), "undecodable", {"value": _around_fault(cells)})
            for line, cells in zip(rows.lines, rows.cells, strict=True)
            if any(FAULTY in cell for cell in cells)
        ],
    )


def _shown(cells: Iterable[str]) -> list[str]:
    return [cell.replace(FAULTY, _REPLACED) for cell in cells]


def _around_fault(cells: Iterable[str]) -> str:
    return next((cell[:40] for cell in _shown(cells) if _REPLACED in cell), "")


def _quoted(
    lines: list[str], first: int, delimiter: str, width: int | None, *, final: bool
) -> tuple[Rows, list[str]]:
    """The rows of lines with quotation marks, and the lines of a row that is not yet whole."""
    ended = [line + "\n" for line in lines]
    reader = csv.reader(ended, delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        cells = list(reader)
    except csv.Error:
        return _with_faults(lines, ended, first, delimiter, width, final=final)
    if len(cells) < len(lines):
        return _with_faults(lines, ended, first, delimiter, width, final=final)
    return Rows(cells, range(first, first + len(cells))), []


class _Feed:
    """Lines one by one to the `csv` module, from any place on."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.place = lines, 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.place >= len(self.lines):
            raise StopIteration
        self.place += 1
        return self.lines[self.place - 1]


def _with_faults(
    lines: list[str],
    ended: list[str],
    first: int,
    delimiter: str,
    width: int | None,
    *,
    final: bool,
) -> tuple[Rows, list[str]]:
    """Row by row: where one is faulty only its first line is, and reading goes on below that."""
    rows = Rows()
    starts: list[int] = []
    doubtful: set[int] = set()
    feed = _Feed(ended)

    def reader() -> Iterator[list[str]]:
        return csv.reader(feed, delimiter=delimiter, strict=True, skipinitialspace=True)

    rest = reader()
    while feed.place < len(lines):
        start = feed.place
        row: list[str] | None
        try:
            row = next(rest)
            if feed.place - start > 1 and _swallows(lines[start : feed.place], delimiter, width):
                doubtful.add(feed.place - 1)
                row = None
        except csv.Error:
            whole = final or feed.place < len(lines)
            if not whole and sum(map(len, lines[start:])) <= LONGEST_LINE:
                rows.lines = starts
                return rows, lines[start:]
            row = _mended(lines[start], delimiter, width)
            if row is not None:
                feed.place, rest = start + 1, reader()
        if row is None or start in doubtful:
            feed.place, rest = start + 1, reader()
            rows.faulty.append(_stray(lines[start], first + start, delimiter))
        else:
            rows.cells.append(row)
            starts.append(first + start)
    rows.lines = starts
    return rows, []


def _swallows(lines: list[str], delimiter: str, width: int | None) -> bool:
    """Whether a text over several lines is made of rows: each line has a row's cells by itself.

    First and last line must also have numbers in the same places, which texts do not.
    """
    counts = [line.count(delimiter) + 1 for line in lines if line.strip()]
    expected = width or counts[0]
    if expected < _WIDTH_OF_ROWS or counts[0] != expected or counts[-1] != expected:
        return False
    if 2 * counts.count(expected) < len(counts):
        return False
    numbers = [_numbers(lines[0], delimiter), _numbers(lines[-1], delimiter)]
    return numbers[0] == numbers[1] and any(numbers[0])


def _numbers(line: str, delimiter: str) -> list[bool]:
    """Which cells of a line hold a number or a date."""
    return [
        any("0" <= char <= "9" for char in cell) and not _NUMBER_LIKE.search(cell)
        for cell in line.split(delimiter)
    ]


def _mended(line: str, delimiter: str, width: int | None) -> list[str] | None:
    r"""The cells of a line whose quotation marks have another sure meaning, else None.

    `\"` inside quoted text, blanks behind a closing mark, and marks within a plain text.
    """
    if '\\"' in line:
        return _strictly(line.replace('\\"', '""'), delimiter, width)
    padded = re.sub(rf'"[ \t]+(?={re.escape(delimiter)}|$)', '"', line)
    if padded != line and (cells := _strictly(padded, delimiter, width)):
        return cells
    cells = [cell.strip() for cell in line.split(delimiter)]
    if any(cell.startswith('"') and cell.count('"') % 2 for cell in cells):
        return None
    if width is not None and len(cells) != width:
        return None
    return [_unquoted(cell) for cell in cells]


def _strictly(line: str, delimiter: str, width: int | None) -> list[str] | None:
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return None
    return rows[0] if rows and width in (None, len(rows[0])) else None


def _unquoted(cell: str) -> str:
    inner = cell[1:-1]
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if quoted else cell


def _stray(line: str, number: int, delimiter: str) -> FaultyRow:
    code = "row-cell-too-long" if len(line) > _LONGEST_QUOTED else "stray-quote"
    cells = _shown(line.split(delimiter))
    value = next((cell for cell in cells if '"' in cell), "")
    return FaultyRow(number, cells, code, {"value": value.strip()[:40]})
