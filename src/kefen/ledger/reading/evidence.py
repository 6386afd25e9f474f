"""Decides, column by column, what a single cell cannot tell: 3/1/25 and 1.234.

Dates: the order (month first, day first, year first) under which most values are real, believable
dates; on a tie the one with the fewest different years; still on a tie month first, as Excel
writes them in China and America, or day first in a decimal-comma file, as most of Europe does.

Numbers: a column is decimal-comma when it shows `1.234,56`, or `12,5` in a semicolon file, and
never a decimal point.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kefen.ledger.reading.dates import EARLIEST, Order, ordered, three_numbers

if TYPE_CHECKING:
    import polars as pl

_MOST = 100_000
_LONG_YEAR = 4


@dataclass(frozen=True)
class Style:
    """How one column is written."""

    order: Order = "mdy"
    decimal_comma: bool = False
    assumed: bool = False


@dataclass
class DateEvidence:
    """What a date column has shown so far."""

    today: dt.date
    seen: set[tuple[int, int, int, int]] = field(default_factory=set)

    def look(self, text: pl.Series) -> None:
        """Take in some cells of the column."""
        odd = text.drop_nulls().unique()
        odd = odd.filter(odd.str.contains(r"^\D*\d{1,2}\s*[-/.／．－]\s*\d{1,2}\s*[-/.／．－]"))
        self.seen |= three_numbers(odd.to_list())

    @property
    def settled(self) -> bool:
        """Whether more cells cannot change the order, or none of this shape was seen."""
        if not self.seen:
            return True
        merits = self._merits()
        month, day = merits["mdy"], merits["dmy"]
        return month[0] != day[0] or merits["ymd"] > max(month, day) or len(self.seen) > _MOST

    def decide(self, *, european: bool) -> Style:
        """The order of the column; `assumed` when only the custom decided."""
        if not self.seen:
            return Style()
        merits = self._merits()
        custom: list[Order] = ["dmy", "mdy", "ymd"] if european else ["mdy", "dmy", "ymd"]
        best = max(custom, key=lambda order: (merits[order], -custom.index(order)))
        return Style(best, assumed=not self.settled)

    def _merits(self) -> dict[Order, tuple[int, int]]:
        orders: list[Order] = ["mdy", "dmy", "ymd"]
        return {order: self._merit(order) for order in orders}

    def _merit(self, order: Order) -> tuple[int, int]:
        """How many values are believable in this order, and (negated) in how many years."""
        good, years = 0, set()
        for first, second, third, digits in self.seen:
            if digits == (_LONG_YEAR if order == "ymd" else 1):
                continue
            try:
                date = dt.date(*ordered((first, second, third), order))
            except ValueError:
                continue
            if EARLIEST <= date <= self.today + dt.timedelta(days=366):
                good += 1
                years.add(date.year)
        return good, -len(years)


@dataclass
class NumberEvidence:
    """What a column of numbers has shown so far."""

    semicolons: bool
    comma: bool = False
    point: bool = False
    unclear: bool = False

    def look(self, text: pl.Series) -> None:
        """Take in some cells of the column."""
        both = text.str.contains(r"^\D*\d{1,3}(?:\.\d{3})+,\d+\D*$").any()
        short = text.str.contains(r"^\D*\d+,(?:\d{1,2}|\d{4,})\D*$").any()
        self.comma |= bool(both or (self.semicolons and short))
        self.point |= bool(text.str.contains(r"\d\.(?:\d{1,2}|\d{4,})\D*$|,\d{3}\.\d").any())
        self.unclear |= bool(text.str.contains(r"^\D*\d{1,3}[.,]\d{3}\D*$").any())

    @property
    def settled(self) -> bool:
        """Whether more cells cannot change the reading."""
        return self.comma or self.point or not (self.unclear and self.semicolons)

    def decide(self) -> Style:
        """Whether the column is decimal-comma."""
        return Style(decimal_comma=self.comma and not self.point)
