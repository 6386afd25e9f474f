"""What reading hands over: a preview of the source, and chunks of clean rows and rejections."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from kefen.ledger.reading.totals import is_total

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from decimal import Decimal

    import polars as pl

    Above = Sequence[tuple[int, Sequence[str]]]
    """Rows with their lines."""

LINE = "_line"
CUSTOMER_NAME = "customer_name"
BESIDE = 1 << 32
"""Added to the lines of each further table that stands beside the first: each row has a number
of its own, and no file has so many lines."""


@dataclass(frozen=True)
class CellFault:
    """One thing wrong in a row. `value` is the cell as it stood in the source."""

    column: str | None
    heading: str | None
    value: str | None
    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rejection:
    """One row that cannot be taken, with its first fault; `also` holds the row's further faults.

    `line` is the 1-based line of the source (of a frame: its row; of several sheets read as one
    counted on through them, see `place`) and `row` the original cells by
    heading. `data` carries `line`, `heading` and `value` too, so that `sentence(code, data)` works.
    `money` is the row's amount in the base currency, where it could be read.
    """

    line: int
    column: str | None
    heading: str | None
    value: str | None
    code: str
    data: dict[str, Any]
    row: dict[str, str | None]
    also: tuple[CellFault, ...] = ()
    money: Decimal | None = None

    @property
    def place(self) -> str:
        """The line as a person finds it: 12, or 2月!12 where several sheets are read as one."""
        line, sheet = self.data.get("line", self.line), self.data.get("sheet")
        return f"{sheet}!{line}" if sheet else str(line)


class Places:
    """Where the lines of a source stand that is read as one from several sheets.

    Lines are counted on through the sheets, so that each has a number of its own. `beside` says
    that tables stand side by side, too.

    >>> places = Places([("1月", 3), ("2月", 5)])
    >>> places.of(2), places.of(5), Places().of(5)
    ({'line': 2, 'sheet': '1月'}, {'line': 2, 'sheet': '2月'}, {'line': 5})
    """

    def __init__(
        self,
        sheets: Sequence[tuple[str, int]] = (),
        returned: Collection[str] = (),
        above: Sequence[Above] = (),
    ) -> None:
        self._returned = returned
        self.above = above
        """What stands above the headings of each sheet, with the lines within it."""
        self.beside = False
        self._names = [name for name, _ in sheets]
        self._before = [0, *accumulate(height for _, height in sheets)]

    @property
    def several(self) -> bool:
        """Whether the lines are of several sheets."""
        return len(self._names) > 1

    @property
    def sheets(self) -> list[str]:
        """The names of the sheets, in order."""
        return list(self._names)

    @property
    def titles(self) -> list[str]:
        """What stands above the headings of each sheet, as one text."""
        return [" ".join(cell for _, row in rows for cell in row if cell) for rows in self.above]

    @property
    def returned(self) -> list[tuple[int, int]]:
        """The first and last lines of the sheets whose rows are returns."""
        ends = zip(self._names, self._before, self._before[1:], strict=False)
        return [(before + 1, last) for name, before, last in ends if name in self._returned]

    def before(self, number: int) -> int:
        """How many lines stand in the sheets before this one, counted from 0."""
        return self._before[number]

    def sheet(self, line: int) -> int:
        """In which of the sheets a line stands, counted from 0."""
        return max(min(bisect_left(self._before, line % BESIDE), len(self._names)) - 1, 0)

    def of(self, line: int) -> dict[str, Any]:
        """The line within its sheet and, of several sheets, the sheet."""
        line %= BESIDE
        if not self.several:
            return {"line": line}
        number = self.sheet(line)
        return {"line": line - self._before[number], "sheet": self._names[number]}


@dataclass(frozen=True)
class Notice:
    """Something worth saying that loses no customer's row: a total row skipped, an assumption."""

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """What a source looks like before anything is loaded.

    `kind` is the guess (or the kind asked for; None when nothing fits) and `confidence` runs from
    0 to 1. `mapping` takes headings to columns, `unmapped` lists the other headings and `missing`
    the required columns that no heading supplies; of the other headings `named` says which give a
    further attribute of customers by another name. `sheet` is the first of the sheets that are
    read, `taken` all of them. `header_row` is the 1-based line of the last
    heading row, 0 for frames and Parquet. `sample` holds the first rows as they stand. `unclear`
    lists the headings a missing column may be in, `notices` what was assumed so far, and
    `question` what only a person can say: which kind, or which of several columns. `decimal` and
    `date_order` are what was given, or what the first rows show beyond doubt.
    """

    name: str
    format: str
    headings: list[str]
    kind: str | None
    confidence: float
    mapping: dict[str, str]
    sample: list[dict[str, str | None]]
    unmapped: list[str]
    missing: list[str]
    header_row: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    sheets: list[str] = field(default_factory=list)
    sheet: str | None = None
    taken: list[str] = field(default_factory=list)
    unclear: dict[str, list[str]] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    question: Notice | None = None
    decimal: str | None = None
    date_order: Literal["mdy", "dmy", "ymd"] | None = None
    named: dict[str, str] = field(default_factory=dict)

    def samples(self, heading: str, most: int = 3) -> tuple[str, ...]:
        """The first different cells below a heading, as they stand; not those of totals, nor of
        headings that come again.
        """
        cells = (
            row.get(heading)
            for row in self.sample
            if not is_total(list(row.values())) and not _is_heading(row)
        )
        return tuple(dict.fromkeys(cell for cell in cells if cell and cell.strip()))[:most]


def _is_heading(row: Mapping[str, str | None]) -> bool:
    filled = {heading: cell for heading, cell in row.items() if cell}
    return bool(filled) and all(cell.strip() == heading for heading, cell in filled.items())


@dataclass(frozen=True)
class Chunk:
    """Some rows of the source, cleaned.

    `rows` has every stored column of the kind, typed as declared (null where the source has
    nothing), then `customer_name` (text) and `_line` (int64). A row always has a `customer_id` or
    a `customer_name`; own ids that are still to be derived are null. `done` of `total` is progress
    in bytes (CSV) or rows; `total` is 0 when it is unknown. `totals` is the money of whole orders
    where the file has it beside that of their lines. `written` counts the values of columns that
    are not stored.
    """

    rows: pl.DataFrame
    rejections: list[Rejection]
    done: int
    total: int
    notices: list[Notice] = field(default_factory=list)
    totals: pl.DataFrame | None = None
    written: Mapping[str, int] = field(default_factory=dict)


def located(chunk: Chunk, places: Places) -> Chunk:
    """The chunk whose rejections and notices name the sheet and the line in it."""
    if not places.several and not places.beside:
        return chunk
    rejections = [
        replace(
            rejection,
            data=_placed(rejection.data, places),
            also=tuple(
                replace(fault, data=_placed(fault.data, places)) for fault in rejection.also
            ),
        )
        for rejection in chunk.rejections
    ]
    notices = [replace(notice, data=_placed(notice.data, places)) for notice in chunk.notices]
    return replace(chunk, rejections=rejections, notices=notices)


def _placed(data: dict[str, Any], places: Places) -> dict[str, Any]:
    line = data.get("line")
    return {**data, **places.of(line)} if isinstance(line, int) and "sheet" not in data else data
