"""Keeps the rows of an import while it is read: in memory, or in files by ranges of customers.

Rows that are few enough to be sorted in memory stay there. Others land sorted by customer, so that
they can be sorted range by range. The first rows show the ranges; where they mislead, one of them
holds more than fits, and an engine sorts all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_ROWS: Final = 1 << 20
MOST_BYTES: Final = 192 << 20
"""Of a range that is sorted in memory."""
MOST_HELD: Final = 128 << 20
"""Of rows that stay in memory from when they are read."""
_ROWS: Final = 700_000
"""Of a range as it is meant to be: the first rows show it roughly."""
_MOST_RANGES: Final = 64
_HELD: Final = 400_000


@dataclass
class Range:
    """The rows of a range of customers, in files or still `held`, and what they take in memory."""

    files: list[Path] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0
    held: list[pl.DataFrame] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        """The rows that are in no file yet."""
        return sum(map(len, self.held))

    @property
    def fits(self) -> bool:
        """Whether its rows can be sorted in memory."""
        return self.rows <= MOST_ROWS and self.bytes <= MOST_BYTES

    def frame(self, columns: list[str] | None = None) -> pl.DataFrame:
        """Its rows with these columns, or with all that are not empty."""
        if self.files:
            return pl.read_parquet(self.files, columns=columns, glob=False)
        [rows] = self.held
        return rows.select(columns) if columns else rows

    def frames(self) -> Iterator[pl.DataFrame]:
        """Its rows, file by file."""
        yield from (pl.read_parquet(file, glob=False) for file in self.files)
        yield from self.held

    def join(self) -> None:
        """Make one frame of what is held, without empty columns and at no time twice in memory."""
        names = [
            name
            for name in self.held[0].columns
            if any(rows[name].null_count() < len(rows) for rows in self.held)
        ]
        parts = [rows.clone() for rows in self.held]
        self.held = []
        columns = (pl.concat([rows.drop_in_place(name) for rows in parts]) for name in names)
        self.held = [pl.DataFrame([column.rechunk() for column in columns])]


class StagedFiles:
    """The files in `folder`, apart by the column of customers."""

    def __init__(self, folder: Path, customer: str) -> None:
        self._folder, self._customer = folder, customer
        self._bounds: pl.Series | None = None
        self.ranges: list[Range] = []
        self._written = 0

    def add(self, rows: pl.DataFrame, expected: float) -> None:
        """Take the next rows, of as many as are `expected` in all."""
        if not self.ranges:
            self._divide(rows[self._customer], expected)
        if self._bounds is None:
            whole = self.ranges[0]
            self._take(whole, rows)
            if not whole.fits or whole.bytes > MOST_HELD:
                self._write(whole)
            return
        place = self._bounds.search_sorted(rows[self._customer], side="right")
        rows = rows[place.arg_sort()]
        first = 0
        for number, count in place.value_counts(sort=False, name="rows").sort(place.name).rows():
            part = self.ranges[number]
            self._take(part, rows[first : first + count])
            first += count
            if part.waiting * len(self.ranges) >= _HELD:
                self._write(part)

    def end(self) -> None:
        """Write what waits for more, unless it is all there is and stays in memory."""
        for part in self.ranges:
            if part.held and not part.files and len(self.ranges) == 1:
                part.join()
            elif part.held:
                self._write(part)

    def _divide(self, customers: pl.Series, expected: float) -> None:
        count = min(_MOST_RANGES, round(expected / _ROWS)) if expected > MOST_ROWS else 1
        if count > 1 and not customers.null_count():
            places = [len(customers) * number // count for number in range(1, count)]
            self._bounds = customers.sort().gather(places).unique(maintain_order=True)
        self.ranges = [Range() for _ in range(1 if self._bounds is None else len(self._bounds) + 1)]

    def _take(self, part: Range, rows: pl.DataFrame) -> None:
        part.held.append(rows)
        part.rows += len(rows)
        some = (column for column in rows if column.null_count() < len(column))
        part.bytes += sum(int(column.estimated_size()) for column in some)

    def _write(self, part: Range) -> None:
        file = self._folder / f"rows-{self._written}.parquet"
        rows = pl.concat(part.held) if len(part.held) > 1 else part.held[0]
        part.held = []
        rows.write_parquet(file, compression="lz4", statistics=False)
        part.files.append(file)
        self._written += 1
