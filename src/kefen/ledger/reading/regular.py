"""Cleans cells that are written regularly, such as dates as 2025-01-03, with few looks at them.

What is proved of a cell leaves nothing else to be found in it. All others are cleaned as people
write them, which gives the same for cells that are regular.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from kefen.ledger.reading import dates, money

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen.ledger.facts import Column
    from kefen.ledger.reading.style import Style

_ID: Final = r"^(?:[A-Za-z]{1,2}[0-9._/\-]{0,60}[0-9]|[0-9]{1,8})$"
"""No blank, no word, no phone, and nothing that a spreadsheet may have cut."""
_DAY: Final = len("2025-01-03")
_EXACT: Final = 2**53
_FIRST: Final = dt.date(1000, 1, 1)
_LOOKED_AT: Final = 200
_LEAST: Final = 0.5
"""So small a share of regular cells, and finding them costs more than it saves."""


@dataclass(frozen=True)
class Regular:
    """The values of the regular cells of a column, others null, and which those others are."""

    values: pl.Series
    others: pl.Series

    @classmethod
    def of(
        cls,
        series: pl.Series,
        column: Column,
        style: Style,
        bounds: dates.Believable,
        *,
        negated: bool = False,
    ) -> Regular | None:
        """The regular cells of a column of texts; None where they are few.

        Nothing is to be told of them, and none is a word. `bounds` are those of dates; amounts are
        `negated` where the file has its refunds with a minus sign.

        >>> from kefen.ledger.facts import kind
        >>> from kefen.ledger.reading.style import Style
        >>> day = kind("order_lines").column("ordered_on")
        >>> cells = pl.Series(["2025-01-03", "2025-01-04", "3 Jan 2025"])
        >>> bounds = dates.believable("ordered_on", dt.date(2025, 12, 31))
        >>> found = Regular.of(cells, day, Style(), bounds)
        >>> found.values.to_list()[1:], found.others.to_list()
        ([datetime.date(2025, 1, 4), None], [False, False, True])
        """
        read = _read(column, style, bounds, negated=negated)
        if read is None or series.dtype != pl.String or not len(series):
            return None
        if len(series) > _LOOKED_AT and read(series.head(_LOOKED_AT)).count() < _LEAST * _LOOKED_AT:
            return None
        values = read(series)
        if values.count() < _LEAST * len(series):
            return None
        return cls(values, values.is_null())

    @property
    def whole(self) -> bool:
        """Whether every cell is regular."""
        return not self.values.null_count()

    def join(self, others: pl.Series) -> pl.Series:
        """The values with those of the other cells in their places."""
        return self.values.clone().scatter(self.others.arg_true(), others)

    def spread(self, others: pl.Series) -> pl.Series:
        """What was found of the other cells, a row each; null in the rows of regular ones."""
        none = pl.Series(others.name, [None], dtype=others.dtype)
        return none.new_from_index(0, len(self.values)).scatter(self.others.arg_true(), others)


def _read(
    column: Column, style: Style, bounds: dates.Believable, *, negated: bool
) -> Callable[[pl.Series], pl.Series] | None:
    """What gives the values of regular cells of a column, others null; None where there is none."""
    if column.type == "date":
        return partial(_days, bounds=bounds)
    if column.type == "text" and column.name.endswith("_id") and not style.pointed:
        return _ids
    if style.unusable or style.decimal != "." or style.scale != 1 or column.name == "score":
        return None
    if column.type == "money":
        return partial(_amounts, negated=negated and column.name in ("amount", "cost"))
    if column.type in ("integer", "number"):
        return partial(_whole_numbers, column=column)
    return None


def _days(cells: pl.Series, bounds: dates.Believable) -> pl.Series:
    """Dates as ISO 8601 writes them, that may be true and were not written for none."""
    days = cells.str.to_date("%Y-%m-%d", strict=False)
    written = (cells.str.len_bytes() == _DAY) & cells.str.contains("^[12]")
    likely = (days >= max(bounds.earliest, _FIRST)) & (days <= bounds.latest)
    return _only(days, written & likely & ~days.is_in(list(dates.PLACEHOLDERS)))


def _ids(cells: pl.Series) -> pl.Series:
    """Numbers with at most two letters before them."""
    return _only(cells, cells.str.contains(_ID))


def _amounts(cells: pl.Series, *, negated: bool) -> pl.Series:
    plain = cells.str.contains(money.PLAIN)
    amounts = _only(cells, plain).cast(money.MONEY, strict=False)
    return -amounts if negated else amounts


def _whole_numbers(cells: pl.Series, column: Column) -> pl.Series:
    whole = cells.cast(pl.Int64, strict=False)
    exact = _only(whole, whole.is_between(-_EXACT, _EXACT))
    if column.type == "integer":
        return exact
    return _only(cells, exact.is_not_null()).cast(pl.Float64)  # of -0 another number


def _only(values: pl.Series, where: pl.Series) -> pl.Series:
    """The values where a test holds for sure."""
    return (
        values if where.all(ignore_nulls=False) else values.set(~where.fill_null(value=False), None)
    )
