"""Excel workbooks (XLSX, XLS, XLSB, ODS): the right sheets, merged cells, real dates.

A process of its own reads the file (see `kefen.extraction`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import polars as pl

from kefen.errors import ReadingError
from kefen.extraction.process import Extraction
from kefen.ledger.reading.column_mapping import columns_known, word, words
from kefen.ledger.reading.header_row import find_header, header_score
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, Notice, Places
from kefen.ledger.reading.money import read_number
from kefen.ledger.reading.raw import (
    CellMark,
    FaultyRow,
    FileOptions,
    HeadRow,
    Layout,
    RawBatch,
    first_rows,
)
from kefen.ledger.reading.sections import of_kind, said, takes_returns

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.model import Above
    from kefen.ledger.reading.sections import Said

BATCH_ROWS = 20_000
_OUTDATED = re.compile(
    r"旧|舊|备份|備份|副本|作废|归档|\b(?:old|back-?up|bak|copy|archived?|obsolete)\b",
    re.IGNORECASE,
)


@dataclass
class Sheet:
    """What is known of a sheet before its cells are read; `hidden_rows`, and those with cells
    `struck` through, by number from 1.
    """

    name: str
    hidden: bool
    height: int
    rows: list[HeadRow]
    hidden_rows: list[int]
    far: list[str]
    far_count: int
    struck: list[int]
    score: float = -1.0


class Workbook:
    """The named sheet of a workbook, or those with the best headings."""

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
        """Open and choose; ReadingError `locked`, `broken-workbook`, `unknown-sheet` and others."""
        self.name, self.format = name, format_
        self.faulty_head: dict[int, FaultyRow] = {}
        self._header_row, self._kind = options.header_row, kind
        self._extraction = Extraction("workbook", stream, name, format_)
        told = self._extraction.ask({"header_row": options.header_row or 0, "sheet": options.sheet})
        self.from_1904: bool = told["from_1904"]
        known = [self._sheet(entry) for entry in told["sheets"]]
        self.sheets = [sheet.name for sheet in known]
        if options.sheet is not None and options.sheet not in self.sheets:
            raise ReadingError("unknown-sheet", sheet=options.sheet, known=self.sheets)
        self._apart: list[Sheet] = []
        self._repeated: list[Sheet] = []
        self._returned: list[str] = []
        self._chosen = (
            [sheet for sheet in known if sheet.name == options.sheet]
            if options.sheet is not None
            else self._best(known)
        )
        self.sheet: str | None = self._chosen[0].name
        self.total = sum(sheet.height for sheet in self._chosen)
        sizes = [(sheet.name, sheet.height) for sheet in self._chosen]
        self.places = Places(sizes, self._returned, list(map(self._above, self._chosen)))
        self.notices = self._told(known if options.sheet is None else self._chosen)
        self._taken: list[dict[str, Any]] | None = None

    def names(self) -> list[str] | None:
        """None: the headings are somewhere in the first rows."""
        return None

    def head(self, header_row: int | None = None) -> list[HeadRow]:  # noqa: ARG002
        """The first rows that are not blank, as text; of several sheets those of the first."""
        return self._chosen[0].rows

    def batches(self, layout: Layout) -> Generator[RawBatch]:
        """The rows below the headings, blank ones left out, sheet after sheet."""
        if self._taken is None:
            self._taken = self._extraction.ask([sheet.name for sheet in self._chosen])["taken"]
            self._extraction.release()
        for number, (sheet, taken) in enumerate(zip(self._chosen, self._taken, strict=True)):
            header_line, columns = layout.header_line, list(range(len(layout.headings)))
            if number:
                header = find_header(sheet.rows, self._kind, self._header_row)
                header_line = header.line
                keys = [_key(heading) for heading in header.headings]
                columns = [keys.index(_key(heading)) for heading in layout.headings]
            fill = Filling(layout, columns, taken["merged"], header_line)
            before = self.places.before(number)
            for block in self._blocks(number):
                yield _batch(block, layout.headings, columns, header_line, fill, before)

    def _blocks(self, number: int) -> Iterator[dict[str, Any]]:
        """The sheet's cells in blocks of about `BATCH_ROWS` rows."""
        file = self._extraction.folder / f"{number}.jsonl"
        with file.open(encoding="utf-8") as lines:
            held: dict[str, Any] | None = None
            for line in lines:
                block = json.loads(line)
                if held is None:
                    held = block
                else:
                    _append(held, block)
                if len(held["lines"]) >= BATCH_ROWS:
                    yield held
                    held = None
            if held is not None:
                yield held

    def _sheet(self, told: dict[str, Any]) -> Sheet:
        rows = first_rows(((line, cells) for line, cells in told.pop("rows")), self._header_row)
        return Sheet(rows=rows, **told)

    def _best(self, known: list[Sheet]) -> list[Sheet]:
        """The visible sheet with the best headings, and those that have the same ones.

        A hidden sheet is taken only where no visible one has a known heading, and one that is
        called old, a copy or a backup only where no other has.
        """
        for sheet in known:
            if sheet.rows:
                sheet.score = header_score(sheet.rows, self._kind, self._header_row)
        filled = [sheet for sheet in known if sheet.rows]
        if not filled:
            raise ReadingError("empty-file", name=self.name)
        best = max(filled, key=_rank)
        if best.score <= 0:
            return [best]
        keys = self._keys(best)
        alike = [
            sheet
            for sheet in filled
            if _rank(sheet)[:3] == _rank(best)[:3] and self._keys(sheet) == keys
        ]
        return self._of_one_kind(self._once(alike))

    def _once(self, alike: list[Sheet]) -> list[Sheet]:
        """The sheets without copies: those as high as another whose first rows are the same."""
        taken: list[Sheet] = []
        seen: list[tuple[int, list[list[str]]]] = []
        for sheet in alike:
            line = find_header(sheet.rows, self._kind, self._header_row).line
            rows = [row.cells for row in sheet.rows if row.line > line]
            if len(rows) > 1 and (sheet.height, rows) in seen:
                self._repeated.append(sheet)
            else:
                taken.append(sheet)
                seen.append((sheet.height, rows))
        return taken

    def _of_one_kind(self, alike: list[Sheet]) -> list[Sheet]:
        """Of sheets with the same headings those of one kind, by their names and titles.

        Returns may follow sales; sheets of sums, payments and offers are set apart.
        """
        says = {sheet.name: self._says(sheet) for sheet in alike}
        if len(set(says.values())) == 1:
            return alike
        wanted = of_kind(self._kind)
        if wanted not in says.values():
            wanted = next((word for word in says.values() if word != "sums"), wanted)
        chosen = [sheet for sheet in alike if says[sheet.name] == wanted]
        if wanted == "sales" and takes_returns(self._kind):
            returned = [sheet for sheet in alike if says[sheet.name] == "returns"]
            self._returned = [sheet.name for sheet in returned]
            chosen += returned
        self._apart = [sheet for sheet in alike if sheet not in chosen]
        return chosen

    def _says(self, sheet: Sheet) -> Said:
        title = find_header(sheet.rows, self._kind, self._header_row).title
        return said(sheet.name) or said(title) or "sales"

    def _above(self, sheet: Sheet) -> Above:
        """What stands above the headings."""
        try:
            line = find_header(sheet.rows, self._kind, self._header_row).line
        except ReadingError:
            return []
        return [(row.line, row.cells) for row in sheet.rows if row.line < line]

    def _keys(self, sheet: Sheet) -> set[str]:
        """The headings of a sheet, all that name the customer alike."""
        headings = self._headings(sheet)
        keys = {_key(heading) for heading in headings}
        return keys if len(keys) == len(headings) else set(headings)

    def _headings(self, sheet: Sheet) -> list[str]:
        return find_header(sheet.rows, self._kind, self._header_row).headings

    def _told(self, known: list[Sheet]) -> list[Notice]:
        """What a person should know of the sheets: taken together, left, hidden rows, far cells."""
        notices = []
        names = [sheet.name for sheet in self._chosen]
        if len(names) > 1:
            notices.append(Notice("sheets-together", {"sheets": names, "count": len(names)}))
        if self._returned:
            notices.append(Notice("sheets-of-returns", {"sheets": self._returned}))
        notices += [
            Notice("sheet-of-another-kind", self._worth(sheet) | {"taken": names})
            for sheet in self._apart
        ]
        if self._repeated:
            data = {"sheets": [sheet.name for sheet in self._repeated], "taken": names}
            notices.append(Notice("sheets-repeated", data))
        told_of = {*names, *(sheet.name for sheet in (*self._apart, *self._repeated))}
        others = [sheet for sheet in known if sheet.rows and sheet.name not in told_of]
        left = [sheet for sheet in others if not sheet.hidden and _is_table(sheet)]
        if left:
            data = {"sheets": [sheet.name for sheet in left], "taken": names}
            shown = [self._with_money(sheet) for sheet in left]
            notices.append(Notice("sheets-left", data | {"shown": shown}))
        hidden = [sheet.name for sheet in others if sheet.hidden and _is_table(sheet)]
        if hidden:
            notices.append(Notice("hidden-sheets-left", {"sheets": hidden, "taken": names}))
        for sheet in self._chosen:
            if sheet.hidden:
                notices.append(Notice("hidden-sheet-taken", {"sheet": sheet.name}))
            if sheet.hidden_rows:
                rows = {"count": len(sheet.hidden_rows), "first": sheet.hidden_rows[0]}
                notices.append(Notice("hidden-rows-taken", {"sheet": sheet.name, **rows}))
            below = find_header(sheet.rows, self._kind, self._header_row).line
            if struck := [row for row in sheet.struck if row > below]:
                rows = {"count": len(struck), "first": struck[0]}
                notices.append(Notice("struck-rows-taken", {"sheet": sheet.name, **rows}))
            if sheet.far_count:
                told = {"count": sheet.far_count, "cells": sheet.far}
                notices.append(Notice("far-cells-left", {"sheet": sheet.name, **told}))
        return notices

    def _with_money(self, sheet: Sheet) -> str:
        """A sheet's name, and the money in it where that is known: `1月 (300.00)`."""
        money = self._worth(sheet)["money"]
        return f"{sheet.name} ({money})" if money else sheet.name

    def _worth(self, sheet: Sheet) -> dict[str, Any]:
        """A sheet's name, rows, and the money in them where its first rows are all."""
        header = find_header(sheet.rows, self._kind, self._header_row)
        told: dict[str, Any] = {"sheet": sheet.name, "rows": sheet.height - header.line}
        below = [row.cells for row in sheet.rows if row.line > header.line]
        place = next((n for n, h in enumerate(header.headings) if _is_amount(h)), None)
        if place is None or len(below) < told["rows"]:
            return {**told, "money": None}
        read = [read_number(cells[place]).value for cells in below if place < len(cells)]
        return {**told, "money": f"{sum(value for value in read if value is not None):,.2f}"}


class Filling:
    """Gives every row of a vertically merged cell its value, in the columns that want it."""

    def __init__(
        self,
        layout: Layout,
        columns: list[int],
        merged: list[list[list[int]]],
        header_line: int,
    ) -> None:
        wanted = {
            column: place
            for place, column in enumerate(columns)
            if layout.headings[place] in layout.fill_down
        }
        self._first: dict[int, dict[int, int]] = {}
        for (top, left), (bottom, _) in merged:
            if left in wanted and top >= header_line:
                first = self._first.setdefault(wanted[left], {})
                first.update(dict.fromkeys(range(top + 1, bottom + 2), top + 1))
        self._held: dict[int, tuple[int, str | None]] = {}

    def fill(self, texts: list[list[str | None]], lines: list[int]) -> None:
        """Fill the columns' texts in place."""
        for place, first in self._first.items():
            column = texts[place]
            for number, line in enumerate(lines):
                top = first.get(line)
                if top == line:
                    self._held[place] = (line, column[number])
                elif top is not None and column[number] is None:
                    held = self._held.get(place)
                    column[number] = held[1] if held and held[0] == top else None


def _key(heading: str) -> str:
    """What two headings of one table share: the customer's name goes by many."""
    called = words("orders").get(word(heading))
    return called[1] if called and called[1] == CUSTOMER_NAME else heading


def _is_amount(heading: str) -> bool:
    return any(column == "amount" for _, column in columns_known(heading))


def _append(held: dict[str, Any], block: dict[str, Any]) -> None:
    """Add the rows of a block to those held."""
    count = len(held["lines"])
    held["lines"] += block["lines"]
    held["faults"] += block["faults"]
    held["written"] += block["written"]
    held["done"] = block["done"]
    if not held["columns"]:
        held["columns"] = [[None] * count for _ in block["columns"]]
    for column, more in zip(held["columns"], block["columns"], strict=False):
        column += more


def _batch(
    block: dict[str, Any],
    headings: list[str],
    columns: list[int],
    header_line: int,
    fill: Filling,
    before: int,
) -> RawBatch:
    lines: list[int] = block["lines"]
    skip = next((place for place, line in enumerate(lines) if line > header_line), len(lines))
    lines = lines[skip:]
    given: list[list[str | None]] = block["columns"]
    texts: list[list[str | None]] = [
        given[column][skip:] if column < len(given) else [None] * len(lines) for column in columns
    ]
    fill.fill(texts, lines)
    series = [
        pl.Series(heading, column, dtype=pl.String)
        for heading, column in zip(headings, texts, strict=True)
    ]
    numbers = pl.Series(LINE, [before + line for line in lines], dtype=pl.Int64)
    place = dict(zip(columns, headings, strict=True))
    marked = [
        CellMark(before + line, place[column - 1], code)
        for line, column, code in block["faults"]
        if line > header_line and column - 1 in place
    ]
    written = {place[column - 1] for column in block["written"] if column - 1 in place}
    frame = pl.DataFrame([*series, numbers])
    return RawBatch(frame, before + block["done"], [], marked, frozenset({*headings} - written))


def _rank(sheet: Sheet) -> tuple[bool, bool, bool, float]:
    return sheet.score > 0, not sheet.hidden, not _OUTDATED.search(sheet.name), sheet.score


def _is_table(sheet: Sheet) -> bool:
    """Whether a sheet left aside may hold facts: some heading is known, and rows stand below it."""
    return sheet.score > 0 and len(sheet.rows) > 1
