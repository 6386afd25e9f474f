"""Makes of tables that say a thing in rows or in parts the plain table that the rest reads.

A date may stand in columns for year, month and day, and a customer in a row above its lines.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen.ledger.reading.model import Notice
    from kefen.ledger.reading.raw import FaultyRow, RawBatch

    Row = Mapping[str, str | None]


class Reshaping(Protocol):
    """What is done to a table. `headings` are those of the result, `parts` the headings that each
    added one is made of, and `notices` what is to be told before the rows.
    """

    headings: list[str]
    parts: Mapping[str, Sequence[str]]
    notices: list[Notice]

    def sample(self, rows: Sequence[Row]) -> list[dict[str, str | None]]:
        """The first rows in the new shape."""

    def apply(self, batch: RawBatch) -> RawBatch:
        """The next rows in the new shape; batches come in order."""

    def begin(self) -> None:
        """The rows come once more from the beginning."""

    def at_end(self) -> list[Notice]:
        """What is to be told after the last row."""


def han(headings: Iterable[str]) -> bool:
    """Whether any heading is written in Chinese, and added ones are to be.

    >>> han(["Date", "金额"]), han(["Date"])
    (True, False)
    """
    return any("\u4e00" <= sign <= "\u9fff" for heading in headings for sign in heading)


def refitted(row: FaultyRow, headings: Sequence[str], cells: Sequence[str]) -> FaultyRow:
    """A faulty row with these cells, which still says how many it has and how many it should."""
    width = {"found": len(row.cells), "expected": len(headings)}
    return replace(row, cells=list(cells), data={**width, **row.data})
