"""Ditto marks: 〃 or 同上 in a cell mean what stands in the cell above."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.model import LINE, Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen.ledger.reading.raw import RawBatch
    from kefen.ledger.reading.reshaping import Row

_MARKS = (
    "〃",
    "″",
    "”",
    '"',
    "''",
    ",,",
    "，，",
    "同上",
    "同前",
    "ditto",
    "do.",
    "Ditto",
    "〃〃",
    "々",
)
_WHAT = frozenset(
    {"customer_id", "customer_name", "name", "ordered_on", "salesperson", "channel", "product_name"}
)


class Ditto:
    """A table in whose columns `names` ditto marks may stand."""

    def __init__(self, headings: Sequence[str], names: Sequence[str]) -> None:
        self.headings = list(headings)
        self.parts: Mapping[str, Sequence[str]] = {}
        self.notices: list[Notice] = []
        self._names = list(names)
        self.begin()

    def begin(self) -> None:
        """The rows come once more from the beginning."""
        self._last: dict[str, str | None] = {}
        self._count, self._line, self._heading = 0, 0, ""

    def sample(self, rows: Sequence[Row]) -> list[dict[str, str | None]]:
        """The first rows with what the marks mean."""
        last: dict[str, str | None] = {}
        found = []
        for row in rows:
            said = {n: last.get(n) for n in self._names if (row.get(n) or "").strip() in _MARKS}
            found.append({**row, **said})
            last |= {name: found[-1].get(name) for name in self._names}
        return found

    def apply(self, batch: RawBatch) -> RawBatch:
        """The rows with what the marks mean."""
        frame = batch.frame
        for name in self._names:
            column = frame[name]
            if column.dtype != pl.String or not len(column):
                continue
            marked = column.str.strip_chars().is_in(_MARKS).fill_null(value=False)
            if marked.any():
                kept = column.set(marked, None)
                above = kept.fill_null("").set(marked, None)
                first = pl.Series([self._last.get(name)], dtype=pl.String)
                told = pl.concat([first, above]).fill_null(strategy="forward")[1:]
                column = column.zip_with(~marked, told).replace("", None)
                self._count += int(marked.sum())
                self._line = self._line or int(frame[LINE][marked.arg_max() or 0])
                self._heading = self._heading or name
                frame = frame.with_columns(column.alias(name))
            self._last[name] = column[-1]
        return replace(batch, frame=frame)

    def at_end(self) -> list[Notice]:
        """How many marks there were."""
        if not self._count:
            return []
        data = {"count": self._count, "heading": self._heading, "line": self._line}
        return [Notice("ditto-marks", data)]


def ditto(headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()) -> Ditto | None:
    """How to read ditto marks below customers, days and words; None where there are no such."""
    names = [h for h in headings if h in set(given) or {c for _, c in columns_known(h)} & _WHAT]
    return Ditto(headings, names) if rows and names else None
