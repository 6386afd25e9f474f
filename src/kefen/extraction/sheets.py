"""The child's side of a workbook: its sheets with their first rows, then the cells of some."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from kefen.extraction.formats import CURRENCY, shown
from kefen.extraction.package import DAMAGED, Package, TextTooLongError
from kefen.extraction.survey import COLUMNS, CellTooLongError, Survey, column_letters, look_over
from kefen.extraction.text import cell_text
from kefen.extraction.trimming import WIDE, Far, far_columns, too_wide, without_far_cells

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK_CELLS, BLOCK_ROWS = 100_000, 5_000
LONGEST_TEXT = 1_000_000
NEVER_CALCULATED, DIGITS_LOST = "formula-not-calculated", "digits-lost"
_EXACT = 10**15
_NUMERIC = (float, int)
_DIGIT = re.compile(r"[0-9]")
_MUCH, _MOST_PACKED = 256 << 20, 150
_MOST_SHEETS, _WINDOW, _ROWS_SHOWN = 40, 300, 30
_HELD_CELLS = 20_000_000
_NOTHING = {"height": 0, "rows": [], "hidden_rows": [], "struck": [], "far": [], "far_count": 0}


class RefusedError(Exception):
    """Why the file cannot be read, as a code and data."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code, self.data = code, data


@dataclass
class Loaded:
    """A sheet with what its XML says beyond calamine."""

    sheet: CalamineSheet
    survey: Survey
    far: Far | None = None

    @property
    def height(self) -> int:
        """The number of the last row."""
        return self.sheet.end[0] + 1 if self.sheet.end else 0

    @property
    def width(self) -> int:
        """How many columns are read: all, or those of the table without cells far from it."""
        width = self.sheet.end[1] + 1 if self.sheet.end else 0
        return width if self.far is None else min(width, self.far.last_column)


class Book:
    """A workbook in the child. `folder` takes trimmed copies and the cells of sheets."""

    def __init__(self, path: str, format_: str, folder: Path) -> None:
        self._path, self._folder = path, folder
        if format_ != "xls":
            _refuse_bomb(path)
        self._package = _package(path) if format_ == "xlsx" else None
        self._surveys: dict[str, Survey] = {}
        self._check_texts()
        self._check_unnamed()
        try:
            self._book = CalamineWorkbook.from_path(path)
        except PasswordError as error:
            raise RefusedError("locked") from error
        except (CalamineError, OSError, ValueError) as error:
            raise RefusedError("broken-workbook", reason=str(error)) from error
        self._kept: dict[str, Loaded] = {}
        self._kept_cells = 0

    @property
    def from_1904(self) -> bool:
        """Whether its days are numbered from 1904."""
        return self._package is not None and self._package.from_1904

    def contents(self, header_row: int, only: str | None) -> list[dict[str, Any]]:
        """Every sheet: what it is, and its first rows as `[line, cells]`."""
        told = []
        readable = 0
        for entry in self._book.sheets_metadata:
            wanted = only in (None, entry.name) and readable < _MOST_SHEETS
            hidden = entry.visible != SheetVisibleEnum.Visible
            if wanted and entry.typ == SheetTypeEnum.WorkSheet:
                readable += 1
                told.append(
                    {"name": entry.name, "hidden": hidden, **self._look(entry.name, header_row)}
                )
            else:
                told.append({"name": entry.name, "hidden": hidden, **_NOTHING})
        return told

    def _look(self, name: str, header_row: int) -> dict[str, Any]:
        loaded = self._load(name)
        self._keep(loaded)
        return {
            "height": loaded.height,
            "rows": list(_first_rows(loaded, header_row)),
            "hidden_rows": sorted(loaded.survey.hidden),
            "struck": sorted(loaded.survey.struck),
            "far": loaded.far.cells if loaded.far else [],
            "far_count": loaded.far.count if loaded.far else 0,
        }

    def cells(self, number: int, name: str) -> dict[str, Any]:
        """Write all cells of a sheet to `<number>.jsonl`, a block of rows a line."""
        loaded = self._kept.pop(name, None) or self._load(name)
        with (self._folder / f"{number}.jsonl").open("w", encoding="utf-8") as out:
            for block in _blocks(loaded):
                out.write(json.dumps(block, ensure_ascii=False, separators=(",", ":")))
                out.write("\n")
        return {"merged": loaded.sheet.merged_cell_ranges or []}

    def _check_texts(self) -> None:
        try:
            if self._package is not None:
                self._package.check_texts()
        except TextTooLongError as error:
            raise RefusedError("text-too-long") from error
        except DAMAGED as error:
            raise RefusedError("broken-workbook", reason=str(error)) from error

    def _check_unnamed(self) -> None:
        """A sheet that the index does not name is loaded all the same; it is not trimmed."""
        if self._package is None:
            return
        for part in self._package.unnamed():
            survey = _looked_over(self._package, part, part)
            if too_wide(survey):
                raise RefusedError("sheet-too-wide", sheet=part, extent=survey.extent)

    def _survey(self, name: str) -> Survey:
        if self._package is None or name not in self._package.sheets:
            return Survey()
        if name not in self._surveys:
            part = self._package.sheets[name]
            self._surveys[name] = _looked_over(self._package, part, name)
        return self._surveys[name]

    def _load(self, name: str) -> Loaded:
        if name in self._kept:
            return self._kept[name]
        survey = self._survey(name)
        if self._package is None or not too_wide(survey):
            return _without_far_columns(Loaded(_sheet(self._book, name), survey))
        copy = self._folder / "trimmed.xlsx"
        far = without_far_cells(self._package, self._package.sheets[name], copy)
        if far is None:
            raise RefusedError("sheet-too-wide", sheet=name, extent=survey.extent)
        sheet = _sheet(CalamineWorkbook.from_path(copy), name)
        copy.unlink()
        return Loaded(sheet, survey, far if far.count else None)

    def _keep(self, loaded: Loaded) -> None:
        """Keep a loaded sheet for `cells`, as long as all of them are not too large."""
        size = loaded.height * loaded.width
        if self._kept_cells + size <= _HELD_CELLS:
            self._kept_cells += size
            self._kept[loaded.sheet.name] = loaded


def _refuse_bomb(path: str) -> None:
    """Text compresses five to fifty times; a file that unpacks to far more holds nothing honest."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            packed = sum(entry.compress_size for entry in archive.infolist())
    except DAMAGED as error:
        raise RefusedError("broken-workbook", reason=str(error)) from error
    if unpacked > _MUCH and unpacked > _MOST_PACKED * packed:
        raise RefusedError("file-too-large-to-read")


def _package(path: str) -> Package:
    try:
        return Package(path)
    except DAMAGED as error:
        raise RefusedError("broken-workbook", reason=str(error)) from error


def _looked_over(package: Package, part: str, name: str) -> Survey:
    try:
        with package.open(part) as stream:
            return look_over(stream, package.looks)
    except CellTooLongError as error:
        raise RefusedError("cell-too-long", sheet=name, cell=error.cell) from error
    except DAMAGED as error:
        raise RefusedError("broken-workbook", reason=str(error)) from error


def _sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except CalamineError as error:
        raise RefusedError("broken-workbook", reason=str(error)) from error


def _without_far_columns(loaded: Loaded) -> Loaded:
    """A very wide sheet without the cells that stand far to the right of its table."""
    if loaded.width <= WIDE:
        return loaded
    far = far_columns(_rows(loaded))
    if far is not None and far.count:
        return replace(loaded, far=far)
    if loaded.width > COLUMNS:
        extent = f"{column_letters(loaded.width)}{loaded.height}"
        raise RefusedError("sheet-too-wide", sheet=loaded.sheet.name, extent=extent)
    return loaded


def _first_rows(loaded: Loaded, header_row: int) -> Iterator[tuple[int, list[str]]]:
    """The rows around and below the headings, blank ones left out."""
    below = 0
    for line, row in islice(_rows(loaded), max(0, header_row - _WINDOW), header_row + _WINDOW):
        cells = _texts(loaded, line, row)
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield line, [cell or "" for cell in cells]
            below += line > header_row
        if below == _ROWS_SHOWN:
            return


def _rows(loaded: Loaded) -> Iterator[tuple[int, list[Any]]]:
    rows, line, width = loaded.sheet.iter_rows(), 0, loaded.width
    while True:
        line += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except BaseException as error:  # Rust's panics are no Exception
            raise RefusedError("bad-cell", sheet=loaded.sheet.name, line=line) from error
        yield line, row[:width]


def _texts(loaded: Loaded, line: int, row: list[Any]) -> list[str | None]:
    texts = [(value or None) if type(value) is str else cell_text(value) for value in row]
    for column, code in loaded.survey.formats.get(line, ()):
        if column <= len(row) and (text := shown(row[column - 1], code)) is not None:
            texts[column - 1] = text
    return texts


def _blocks(loaded: Loaded) -> Iterator[dict[str, Any]]:
    """Rows with anything in them: `lines`, `columns`, `faults` as `[line, column, code]`.

    `written` are the columns, from 1, in which a figure stands as a text, not as a number.
    """
    height = max(1, min(BLOCK_ROWS, BLOCK_CELLS // max(1, loaded.width)))
    rows = _rows(loaded)
    unknown = loaded.survey.unknown
    while block := list(islice(rows, height)):
        lines: list[int] = []
        texts: list[list[str | None]] = []
        faults: list[tuple[int, int, str]] = []
        written: set[int] = set()
        for line, row in block:
            cells = _texts(loaded, line, row)
            if not any(cells) and line not in unknown:
                continue
            lines.append(line)
            texts.append(cells)
            faults += [(line, column, NEVER_CALCULATED) for column in unknown.get(line, ())]
            faults += [
                (line, column, code)
                for column, code in loaded.survey.formats.get(line, ())
                if code.startswith(CURRENCY) and column <= len(row)
            ]
            for column, value in enumerate(row, start=1):
                if type(value) is str:
                    if column not in written and _DIGIT.search(value):
                        written.add(column)
                elif type(value) in _NUMERIC and not -_EXACT < value < _EXACT:
                    faults.append((line, column, DIGITS_LOST))
        columns = list(zip(*texts, strict=True))
        _refuse_long(loaded, lines, columns)
        yield {
            "lines": lines,
            "columns": columns,
            "faults": faults,
            "written": sorted(written),
            "done": block[-1][0],
        }


def _refuse_long(loaded: Loaded, lines: list[int], columns: list[tuple[str | None, ...]]) -> None:
    for number, column in enumerate(columns, start=1):
        if max(map(len, filter(None, column)), default=0) > LONGEST_TEXT:
            line = next(
                line
                for line, text in zip(lines, column, strict=True)
                if text and len(text) > LONGEST_TEXT
            )
            cell = f"{column_letters(number)}{line}"
            raise RefusedError("cell-too-long", sheet=loaded.sheet.name, cell=cell)
