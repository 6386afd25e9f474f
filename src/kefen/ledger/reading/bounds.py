"""Bounds the length of cells before anything looks at them, whatever format they come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading.model import LINE
from kefen.ledger.reading.raw import LONGEST_CELL, FaultyRow, RawBatch, cell_text

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST_VALUE = 256
"""Characters of a date, a number, an amount or a yes or no."""


@dataclass(frozen=True)
class Bounds:
    """Which headings hold values that are short, and which are not used at all."""

    short: Collection[str] = ()
    unused: Collection[str] = ()

    def apply(self, batch: RawBatch) -> RawBatch:
        """The batch with no cell longer than it may be.

        Of a short value so much is left that it is told as what it is not; of a cell that nobody
        uses the beginning. A row with another cell that is too long is faulty.
        """
        frame, long = batch.frame, {}
        longest = frame.select(pl.col(pl.String).str.len_bytes().max())
        for name in longest.columns:
            if (longest[name][0] or 0) <= LONGEST_VALUE:
                continue
            most = LONGEST_VALUE if name in self.short else LONGEST_CELL
            if not (frame[name].str.len_bytes() > most).any():
                continue
            if name in self.short or name in self.unused:
                frame = frame.with_columns(_clipped(frame[name], most))
            else:
                long[name] = frame[name].str.len_chars() > most
        if not any(mask.any() for mask in long.values()):
            return replace(batch, frame=frame)
        mask = frame.select(pl.any_horizontal(*long.values()).alias("long")).to_series()
        mask = mask.fill_null(value=False)
        faulty = batch.faulty + [_too_long(row, frame.columns) for row in frame.filter(mask).rows()]
        return replace(batch, frame=frame.filter(~mask), faulty=faulty)


def _clipped(series: pl.Series, most: int) -> pl.Series:
    text = series.str.strip_chars()
    long = text.str.len_chars() > most
    return text.zip_with(~long.fill_null(value=False), text.str.head(most) + "…")


def _too_long(row: tuple[object, ...], names: list[str]) -> FaultyRow:
    cells = {name: cell_text(cell) or "" for name, cell in zip(names, row, strict=True)}
    line = int(cells.pop(LINE))
    heading, value = max(cells.items(), key=lambda item: len(item[1]))
    data = {
        "heading": heading,
        "column": names.index(heading) + 1,
        "length": len(value),
        "most": LONGEST_CELL,
        "value": value[:40],
    }
    return FaultyRow(line, list(cells.values()), "row-cell-too-long", data)
