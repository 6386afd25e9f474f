"""Numbers that a spreadsheet or a data tool has cut: 2.02501E+17, 18 digits rounded, 17850.0."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kefen.ledger.reading.style import Style

EXACT_FLOATS = 2**53
_POINTED = r"^[0-9]{1,18}\.0+$"
_SCIENTIFIC = r"^[0-9](?:[.,][0-9]{1,16})?[eE]\+[0-9]{1,3}$"
_LONG = r"^[1-9][0-9]{15,24}$"
_ROUNDED = r"^[1-9][0-9]{14}0+$"
_FEW = 2


def is_numbered(column: str) -> bool:
    """Whether a text column often holds numbers that a spreadsheet may have cut."""
    return column.endswith("_id") or column == "phone"


@dataclass
class NumberedEvidence:
    """What a column of ids or phones has shown so far."""

    pointed: bool = True
    rounded: bool = True
    seen: int = 0
    long: int = 0

    def look(self, series: pl.Series) -> None:
        """Take in some cells of the column."""
        if series.dtype != pl.String:
            self.pointed = False
            return
        text = series.drop_nulls()
        self.seen += len(text)
        if self.pointed and not text.str.contains(_POINTED).all():
            self.pointed = False
        if self.rounded:
            long = text.filter(text.str.contains(_LONG))
            self.long += len(long)
            self.rounded = bool(long.str.contains(_ROUNDED).all())

    @property
    def settled(self) -> bool:
        """Whether more cells cannot change what is decided."""
        return not (self.seen and (self.pointed or (self.rounded and self.long)))

    def decide(self) -> Style:
        """Whether all end on `.0`, which goes, and whether long ones were rounded."""
        pointed = self.pointed and self.seen > 0
        return Style(pointed=pointed, rounded=self.rounded and self.long >= _FEW)


def clean_numbered(series: pl.Series, text: pl.Series, style: Style) -> tuple[pl.Series, pl.Series]:
    """`(text, cut)`: ids without a whole column's `.0`, and which of them have lost digits.

    `series` is the column as it came: a float beyond 2**53 has lost its last digits.
    """
    if style.pointed:
        text = text.str.replace(r"\.0+$", "")
    cut = text.str.contains(_SCIENTIFIC)
    if style.rounded:
        cut |= text.str.contains(_ROUNDED)
    if series.dtype.is_float():
        cut |= series.abs() > EXACT_FLOATS
    return text, cut.fill_null(value=False) & text.is_not_null()
