"""Columns that are parts of one thing, read as one column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading.model import Notice
from kefen.ledger.reading.reshaping import refitted
from kefen.ledger.reading.texts import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.ledger.reading.raw import RawBatch
    from kefen.ledger.reading.reshaping import Row

_WHOLE = "_whole"


class JoinedColumns:
    """A table with a column in place of its parts; `whole` makes the one cell of them.

    `name` is the heading of the column, with `*` after it where another has that; `code` tells it.
    """

    def __init__(self, headings: Sequence[str], parts: Sequence[str], name: str, code: str) -> None:
        self._raw = list(headings)
        self._parts = list(parts)
        others = [heading for heading in headings if heading not in parts]
        self.name = name
        while self.name in others:
            self.name += "*"
        place = min(headings.index(part) for part in parts)
        others.insert(min(place, len(others)), self.name)
        self.headings = others
        self.parts: Mapping[str, Sequence[str]] = {self.name: self._parts}
        self.notices = [Notice(code, {"headings": self._parts, "heading": self.name})]

    def sample(self, rows: Sequence[Row]) -> list[dict[str, str | None]]:
        """The first rows with the whole."""
        return [
            {
                name: self.whole([row.get(part) for part in self._parts])
                if name == self.name
                else row.get(name)
                for name in self.headings
            }
            for row in rows
        ]

    def apply(self, batch: RawBatch) -> RawBatch:
        """The rows with the whole."""
        texts = batch.frame.select(as_text(batch.frame[part]).alias(part) for part in self._parts)
        distinct = texts.unique()
        dates = pl.Series(_WHOLE, [self.whole(row) for row in distinct.rows()], dtype=pl.String)
        met = texts.join(
            distinct.with_columns(dates), on=self._parts, how="left", nulls_equal=True,
            maintain_order="left",
        )  # fmt: skip
        frame = batch.frame.with_columns(met[_WHOLE].alias(self.name))
        rest = [name for name in frame.columns if name not in self._raw and name != self.name]
        faulty = [refitted(row, self._raw, self._refit(row.cells)) for row in batch.faulty]
        marked = [mark for mark in batch.marked if mark.heading not in self._parts]
        return replace(
            batch, frame=frame.select([*self.headings, *rest]), faulty=faulty, marked=marked
        )

    def begin(self) -> None:
        """Nothing is remembered from row to row."""

    def at_end(self) -> list[Notice]:
        """Nothing is left to tell."""
        return []

    def _refit(self, cells: Sequence[str]) -> list[str]:
        row = dict(zip(self._raw, cells, strict=False))
        whole = self.whole([row.get(part) for part in self._parts]) or ""
        fitted = [whole if name == self.name else row.get(name, "") for name in self.headings]
        return [*fitted, *cells[len(self._raw) :]] if len(cells) >= len(self._raw) else fitted

    def whole(self, cells: Sequence[str | None]) -> str | None:
        """What these cells are together."""
        raise NotImplementedError
