"""Rejected rows: kept beside the ledger, given back as a file to mend and import again."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from kefen.cells import restored, safe
from kefen.errors import LedgerError
from kefen.ledger.reading.column_mapping import (
    REJECTED_BECAUSE,
    SOURCE_IMPORT,
    SOURCE_LINE,
    is_reserved,
)
from kefen.ledger.reading.model import LINE, CellFault, Places, Rejection
from kefen.storage import written_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from kefen.ledger.reading.model import Preview

    Tell = Callable[[str, Mapping[str, Any]], str]

_LINE = re.compile(rb'\{"line": (\d+)')
_ENCODE = json.JSONEncoder(ensure_ascii=False, default=str).encode


def rejections_file(folder: Path, batch_id: str) -> Path:
    """Where the rejected rows of a batch are kept."""
    return folder / "rejections" / f"{batch_id}.jsonl"


def repeats_file(folder: Path, batch_id: str) -> Path:
    """Where the rows of a batch are listed that were left out as repeated."""
    return folder / "rejections" / f"{batch_id}.repeats.jsonl"


class Rejections:
    """Rejected rows on disk, one JSON document a line.

    `headings` says what the file calls each column, to give rows back in the file's own words,
    and `places` where its lines stand.
    `count` of them were written, of which `priced` have a known amount: `money` in sum, `weight`
    without their signs, and `taken` of that weight is of rows that reading had taken.
    """

    def __init__(
        self, path: Path, headings: Mapping[str, str] | None = None, places: Places | None = None
    ) -> None:
        self.path = path
        self.places = places or Places()
        self.headings = headings or {}
        self.count = self.priced = 0
        self.money = self.weight = self.taken = Decimal(0)

    def append(self, rejections: Iterable[Rejection]) -> int:
        """Write more of them; gives how many."""
        count = 0
        with self.path.open("a", encoding="utf-8") as out:
            for entry in rejections:
                told = vars(entry) | {"also": [vars(fault) for fault in entry.also]}
                out.write(_ENCODE(told) + "\n")
                count += 1
                if entry.money is not None:
                    self.priced += 1
                    self.money += entry.money
                    self.weight += abs(entry.money)
        self.count += count
        return count

    def refuse(
        self,
        rows: Iterable[dict[str, Any]],
        column: str,
        code: str,
        data: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> int:
        """Reject clean rows for `column`, with `data` taken from each; gives how many."""
        heading = self.headings.get(column)
        before = self.weight
        count = self.append(
            Rejection(
                line=row[LINE],
                column=column,
                heading=heading,
                value=str(row[column]),
                code=code,
                data={
                    **self.places.of(row[LINE]),
                    "heading": heading,
                    "value": str(row[column]),
                    **data(row),
                },
                row=self._cells(row),
                money=row.get("amount"),
            )
            for row in rows
        )
        self.taken += self.weight - before
        return count

    def _cells(self, row: dict[str, Any]) -> dict[str, str | None]:
        cells = {
            heading: None if row.get(column) is None else str(row[column])
            for column, heading in self.headings.items()
        }
        if kept := row.get("attributes"):
            cells |= {heading: str(value) for heading, value in json.loads(kept).items()}
        return cells

    def __iter__(self) -> Iterator[Rejection]:
        if self.path.exists():
            with self.path.open(encoding="utf-8") as lines:
                yield from map(_read, lines)

    def by_line(self, start: int = 0, most: int | None = None) -> Iterator[Rejection]:
        """Those from `start` on, at most so many, in the order of the source's lines.

        Only these are read whole.
        """
        if not self.path.exists():
            return
        import numpy as np  # a tenth of a second that most imports do without

        numbers, places, place = [], [], 0
        with self.path.open("rb") as lines:
            for text in lines:
                found = _LINE.match(text)
                numbers.append(int(found[1]) if found else 0)
                places.append(place)
                place += len(text)
            order = np.argsort(np.array(numbers, dtype=np.int64), kind="stable")
            end = None if most is None else start + most
            for number in order[start:end]:
                lines.seek(places[number])
                yield _read(lines.readline().decode())


def _read(text: str) -> Rejection:
    document = json.loads(text)
    also = tuple(CellFault(**fault) for fault in document.pop("also"))
    amount = document.pop("money", None)
    money = None if amount is None else Decimal(amount)
    return Rejection(**document, also=also, money=money)


MENDS = "mends "
"""What the note of an import of mended rows begins with, before the id of the first import."""


_LONGEST_ID = 64


def mended_import(preview: Preview) -> str:
    """The id of the import whose rejected rows a file brings back; else empty."""
    for heading in SOURCE_IMPORT.values():
        if found := preview.samples(heading, 1):
            return found[0].strip()[:_LONGEST_ID]
    return ""


def write(
    rejections: Rejections | Sequence[Rejection],
    path: Path,
    form: str,
    tell: Tell,
    lang: str,
    batch_id: str = "",
) -> int:
    """Write rejected rows as they stood, each with its line and reasons; gives how many.

    Reading passes over the added columns, so the mended file can go straight back; by `batch_id`,
    the import that rejected the rows, it is known again then. `tell` words a code and its data;
    `lang` is the language of the added headings.

    Raises:
        LedgerError: `unknown-format` unless `form` is `csv` or `xlsx`.
        StorageError: `file-not-writable`, `disk-full`.
    """
    if form not in ("csv", "xlsx"):
        raise LedgerError("unknown-format", value=form, known=["csv", "xlsx"])
    named: dict[str, None] = {}
    count = 0
    for entry in _by_line(rejections):
        named |= dict.fromkeys(entry.row)
        count += 1
    headings = [heading for heading in named if not is_reserved(heading)]
    of = [batch_id] if batch_id else []
    table = (
        [*(entry.row.get(name) for name in headings), *of, first_line(entry), _reasons(entry, tell)]
        for entry in _by_line(rejections)
    )
    save = _write_csv if form == "csv" else _write_xlsx
    tongue = "zh" if lang.startswith("zh") else "en"
    with written_file(path):
        added = [SOURCE_IMPORT[tongue]] if batch_id else []
        added += [SOURCE_LINE[tongue], REJECTED_BECAUSE[tongue]]
        save(path, [*headings, *added], table)
    return count


def _by_line(rejections: Rejections | Sequence[Rejection]) -> Iterable[Rejection]:
    if isinstance(rejections, Rejections):
        return rejections.by_line()
    return sorted(rejections, key=lambda entry: entry.line)


def first_line(entry: Rejection) -> int | str:
    """The line of a row in the file it first came in, also when it was rejected once more."""
    for heading in SOURCE_LINE.values():
        if told := entry.row.get(heading):
            break
    else:
        told = entry.place
    return int(told) if told.isdecimal() else told


def _reasons(entry: Rejection, tell: Tell) -> str:
    faults = [(entry.code, entry.data), *((fault.code, fault.data) for fault in entry.also)]
    return "; ".join(tell(code, data) for code, data in faults)


def _write_csv(path: Path, headings: list[str], table: Iterable[list[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerows([safe(_meant(cell)) for cell in row] for row in chain([headings], table))


def _meant(cell: Any) -> Any:
    """A cell as reading would take it, so that a mark it had is not doubled."""
    return restored(cell) if isinstance(cell, str) else cell


def _write_xlsx(path: Path, headings: list[str], table: Iterable[list[Any]]) -> None:
    import xlsxwriter  # only this format needs it

    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(chain([headings], table)):
            for place, value in enumerate(row):
                if value is not None:
                    sheet.write_string(number, place, str(value))
