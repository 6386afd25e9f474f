"""Columns in which the same cells come again and again: each is cleaned once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from kefen.ledger.reading.tally import Tally

_LOOKED_AT = 1_000
_SAMPLES = 4
"""So many times as many cells are looked at: rows of one order say the same next to each other."""
_MOST = 0.5
"""So great a share of distinct cells, and looking each up costs more than it saves."""


@dataclass(frozen=True)
class Repeated:
    """The distinct cells of a column in the order in which they first come, and which stands where.

    >>> cells = Repeated.of(pl.Series(["b", "a", "b", "b"] * 300))
    >>> cells.values.to_list(), cells.places.head(3).to_list()
    (['b', 'a'], [0, 1, 0])
    >>> Repeated.of(pl.Series(["a", "b"])) is None
    True
    """

    values: pl.Series
    places: pl.Series

    @classmethod
    def of(cls, series: pl.Series) -> Repeated | None:
        """The cells of a column of text; None where they are few, or mostly stand once."""
        if series.dtype != pl.String or len(series) < _LOOKED_AT:
            return None
        seen = series.gather_every(max(1, len(series) // (_SAMPLES * _LOOKED_AT)))
        if seen.n_unique() > _MOST * len(seen):
            return None
        # Arrow's way to do so loads all its functions first, for a tenth of a second.
        values = series.drop_nulls().unique(maintain_order=True)
        return cls(values, series.cast(pl.Enum(values)).to_physical())

    def spread(self, series: pl.Series) -> pl.Series:
        """What was made of each distinct cell, a row each."""
        return series.gather(self.places)


class TallyOfRepeated(Tally):
    """Takes what is found in distinct cells for all rows in which they stand."""

    def __init__(self, whole: Tally, cells: Repeated, lines: pl.Series) -> None:
        super().__init__()
        self._whole, self._repeated, self._lines = whole, cells, lines

    def cells(
        self, code: str, heading: str, found: pl.Series, lines: pl.Series, values: pl.Series,
        **data: Any,
    ) -> None:  # fmt: skip
        """As `Tally.cells`, with the lines of the rows instead of `lines`."""
        del lines
        if found.any():
            spread = self._repeated.spread
            self._whole.cells(code, heading, spread(found), self._lines, spread(values), **data)
