"""What reading hands over: a preview of the source, and chunks of clean rows and rejections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decimal import Decimal

    import polars as pl

LINE = "_line"
CUSTOMER_NAME = "customer_name"


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

    `line` is the 1-based line of the source (of a frame: its row) and `row` the original cells by
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
    the required columns that no heading supplies. `header_row` is the 1-based line of the last
    heading row, 0 for frames and Parquet. `sample` holds the first rows as they stand. `unclear`
    lists the headings a missing column may be in, and `notices` what was assumed so far.
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
    unclear: dict[str, list[str]] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)


@dataclass(frozen=True)
class Chunk:
    """Some rows of the source, cleaned.

    `rows` has every stored column of the kind, typed as declared (null where the source has
    nothing), then `customer_name` (text) and `_line` (int64). A row always has a `customer_id` or
    a `customer_name`; own ids that are still to be derived are null. `done` of `total` is progress
    in bytes (CSV) or rows; `total` is 0 when it is unknown.
    """

    rows: pl.DataFrame
    rejections: list[Rejection]
    done: int
    total: int
    notices: list[Notice] = field(default_factory=list)
