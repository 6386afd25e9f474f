"""Excel workbooks (XLSX, XLS, XLSB, ODS) by python-calamine: sheets, merged cells, real dates."""

from __future__ import annotations

from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from kefen.errors import ReadingError
from kefen.ledger.reading.header import header_score
from kefen.ledger.reading.model import LINE
from kefen.ledger.reading.raw import (
    FileOptions,
    HeadRow,
    Layout,
    RawBatch,
    cell_text,
    first_rows,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.model import Notice

BATCH_ROWS = 20_000
_MOST_SHEETS = 40


class Workbook:
    """One sheet of a workbook: the named one, or the one with the best headings."""

    encoding: str | None = None
    delimiter: str | None = None
    repeatable = True

    def __init__(
        self,
        stream: IO[bytes],
        name: str,
        format_: str,
        options: FileOptions,
        kind: Kind | None = None,
    ) -> None:
        """Open and choose the sheet; ReadingError `locked`, `broken-workbook`, `unknown-sheet`."""
        self.name, self.format = name, format_
        self.notices: list[Notice] = []
        self._book = _open(stream, name)
        sheet = options.sheet
        self.sheets = list(self._book.sheet_names)
        if sheet is not None and sheet not in self.sheets:
            raise ReadingError("unknown-sheet", sheet=sheet, known=self.sheets)
        self._sheet = self._load(sheet) if sheet is not None else self._best(kind, options)
        self.sheet: str | None = self._sheet.name
        self.total = self._sheet.total_height

    def names(self) -> list[str] | None:
        """None: the headings are somewhere in the first rows."""
        return None

    def head(self, header_row: int | None = None) -> list[HeadRow]:
        """The first rows that are not blank, as text."""
        return _head(self._sheet, header_row)

    def batches(self, layout: Layout) -> Generator[RawBatch]:
        """The rows below the headings, blank ones left out."""
        width = len(layout.headings)
        places = [i for i, h in enumerate(layout.headings) if h in layout.fill_down]
        merged = _merged(self._sheet, frozenset(places), layout.header_line)
        held: dict[int, Any] = {}
        rows = enumerate(self._sheet.iter_rows(), start=1)
        below = islice(rows, layout.header_line, None)
        while block := list(islice(below, BATCH_ROWS)):
            lines, cells = [], []
            for line, row in block:
                _fill(row, line, merged, held)
                if any(cell != "" for cell in row):
                    lines.append(line)
                    cells.append((row + [""] * width)[:width])
            yield RawBatch(_frame(cells, lines, layout.headings), block[-1][0])

    def _load(self, name: str) -> CalamineSheet:
        try:
            return self._book.get_sheet_by_name(name)
        except CalamineError as error:
            raise ReadingError("broken-workbook", name=self.name, reason=str(error)) from error

    def _best(self, kind: Kind | None, options: FileOptions) -> CalamineSheet:
        """The sheet with the best headings: of the first rows, or where they are said to be."""
        chosen, best = None, -1.0
        for name in self.sheets[:_MOST_SHEETS]:
            sheet = self._load(name)
            score = header_score(_head(sheet, options.header_row), kind, options.header_row)
            if chosen is None or score > best:
                chosen, best = sheet, score
        if chosen is None:
            raise ReadingError("empty-file", name=self.name)
        return chosen


def _open(stream: IO[bytes], name: str) -> CalamineWorkbook:
    stream.seek(0)
    try:
        return CalamineWorkbook.from_filelike(stream)
    except PasswordError as error:
        raise ReadingError("locked", name=name) from error
    except (CalamineError, OSError, ValueError) as error:
        raise ReadingError("broken-workbook", name=name, reason=str(error)) from error


def _head(sheet: CalamineSheet, header_row: int | None) -> list[HeadRow]:
    rows = enumerate(sheet.iter_rows(), start=1)
    texts = ((line, [cell_text(cell) or "" for cell in row]) for line, row in rows)
    return first_rows(texts, header_row)


def _merged(
    sheet: CalamineSheet, places: frozenset[int], header_line: int
) -> dict[tuple[int, int], int]:
    """`{(line, column): first line}` for cells covered by a vertical merge in those columns."""
    covered: dict[tuple[int, int], int] = {}
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or []:
        if left in places and top >= header_line:
            covered.update({(line, left): top + 1 for line in range(top + 1, bottom + 2)})
    return covered


def _fill(
    row: list[Any], line: int, merged: dict[tuple[int, int], int], held: dict[int, Any]
) -> None:
    if not merged:
        return
    for place, value in enumerate(row):
        first = merged.get((line, place))
        if first == line:
            held[place] = value
        elif first is not None and value == "":
            row[place] = held.get(place, "")


def _frame(cells: list[list[Any]], lines: list[int], headings: list[str]) -> pl.DataFrame:
    columns = zip(*cells, strict=True) if cells else [()] * len(headings)
    series = [
        pl.Series(heading, [cell_text(value) for value in column], dtype=pl.String)
        for heading, column in zip(headings, columns, strict=True)
    ]
    return pl.DataFrame([*series, pl.Series(LINE, lines, dtype=pl.Int64)])
