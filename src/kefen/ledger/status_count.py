"""Rows and money of a file by the status of its orders, and which of them count.

The type of a document stands for the status of a row that has none, or that is no sale by it.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger import document_types
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.entries import TYPED
from kefen.ledger.reading.further_statuses import FURTHER
from kefen.ledger.reading.model import LINE, Notice
from kefen.ledger.statuses import SIDE, TICK, meanings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.ledger.statuses import Meaning

SHOWN = 24
"""So many statuses are told, those with the most rows first; the rest together."""
_MOST_UNKNOWN = 12
_SEVERAL = 2
_CODE = re.compile(
    rf"\d{{1,3}}(?:\.0+)?|[A-Za-z]|{SIDE.pattern.removeprefix('(?i)')}|{TICK.pattern.removeprefix('(?i)')}",
    re.IGNORECASE,
)
_CODES = {"counts": "counts", "none": "counts-not", "unknown": "unknown"}


class StatusCount:
    """Rows and money of a file by the status of an order, and whether they count."""

    def __init__(self, given: Mapping[str, bool]) -> None:
        self._given = given
        self._seen: dict[str, list[int]] = {}
        self._typed: set[str] = set()
        self._void: set[str] = set()
        self._left: dict[str, list[int]] = {}

    def look(self, rows: pl.DataFrame) -> None:
        """Take in a chunk of rows."""
        if rows["status"].null_count() == len(rows):
            return
        rows = rows.filter(pl.col("status").is_not_null())
        if TYPED in rows.columns:
            self._typed |= set(rows.filter(pl.col(TYPED))["status"].unique())
        if FURTHER in rows.columns:
            self._void |= set(rows.filter(pl.col(FURTHER))["status"].unique())
        told = rows.group_by("status").agg(pl.len(), pl.col("amount").sum())
        for status, count, amount in told.iter_rows():
            sums = self._seen.setdefault(status, [0, 0])
            sums[0] += count
            sums[1] += cents_of(amount)

    @cached_property
    def _meanings(self) -> dict[str, Meaning]:
        apart = self._typed | self._void
        statuses = [status for status in self._seen if status not in apart]
        said: dict[str, Meaning] = meanings(statuses) | document_types.meanings(self._typed)
        said |= dict.fromkeys(self._void - self._typed, "none")
        for status in self._seen:
            if status in self._given:
                said[status] = "counts" if self._given[status] else "none"
        return said

    @cached_property
    def _unclear(self) -> tuple[str, ...]:
        """The statuses that are codes, where all are, and nobody said what they mean."""
        seen = set(self._seen) - self._typed - self._void
        if len(seen) < _SEVERAL or not all(map(_CODE.fullmatch, seen)):
            return ()
        return tuple(sorted(seen - set(self._given)))

    def unclear(self) -> tuple[tuple[str, int, int], ...]:
        """The statuses that are codes without a known meaning, each with its rows and cents."""
        seen = [(status, self._seen[status]) for status in self._unclear]
        return tuple((status, rows, cents) for status, (rows, cents) in seen)

    def void(self) -> tuple[str, ...]:
        """The statuses that are no sale."""
        return tuple(status for status, said in self._meanings.items() if said == "none")

    def without_void(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of another kind than sales without those that are void, which are counted."""
        if FURTHER not in rows.columns:
            return rows
        void = rows.filter(pl.col(FURTHER))
        void = void.filter([not self._given.get(status, False) for status in void["status"]])
        told = void.group_by("status", maintain_order=True).agg(pl.len(), pl.col("amount").sum())
        for status, count, amount in told.iter_rows():
            sums = self._left.setdefault(status, [0, 0])
            sums[0] += count
            sums[1] += cents_of(amount)
        return rows.join(void.select(LINE), on=LINE, how="anti", maintain_order="left")

    def notices(self) -> list[Notice]:
        """A notice a status, where any does not count or is not known."""
        return [*self._of_left(), *self._of_seen()]

    def _of_left(self) -> list[Notice]:
        return [
            Notice("status-left", {"status": status, "rows": rows, "money": money(cents)})
            for status, (rows, cents) in self._left.items()
        ]

    def _of_seen(self) -> list[Notice]:
        said = self._meanings
        if not set(said.values()) - {"counts"}:
            return []
        known = set(said.values()) != {"unknown"}
        if not known and len(said) > _MOST_UNKNOWN:
            return []  # not a column of statuses at all, such as one of provinces
        order = sorted(
            self._seen, key=lambda status: (said[status] == "counts", -self._seen[status][0])
        )
        return [
            Notice(
                "status-unclear"
                if status in self._unclear
                else f"{'document' if status in self._typed else 'status'}-{_CODES[said[status]]}",
                {
                    "status": status,
                    "rows": self._seen[status][0],
                    "money": money(self._seen[status][1]),
                },
            )
            for status in order[:SHOWN]
        ] + self._rest(order[SHOWN:])

    def _rest(self, statuses: list[str]) -> list[Notice]:
        if not statuses:
            return []
        out = [status for status in statuses if self._meanings[status] == "none"]
        sums = [sum(self._seen[status][place] for status in statuses) for place in (0, 1)]
        left = sum(self._seen[status][0] for status in out)
        return [
            Notice(
                "statuses-further",
                {"count": len(statuses), "rows": sums[0], "money": money(sums[1]), "none": left},
            )
        ]
