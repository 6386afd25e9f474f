"""Recognises rows that sum up others, such as 合计: they are skipped, never loaded as customers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORDS = (
    r"合\s*计|总\s*计|小\s*计|累\s*计|共\s*计|汇\s*总|本页小计|本页合计|"
    r"sub-?\s*total|grand\s*total|totals?|sum"
)
TOTAL = rf"(?i)^(?:\S{{0,12}}\s*)?(?:{_WORDS})\s*(?:[:：].*)?$"
_EXACT = rf"(?i)^(?:{_WORDS})\s*(?:[:：].*)?$"
_TOTAL = re.compile(TOTAL)


def is_total(cells: Sequence[str]) -> bool:
    """Whether the first filled cell of a row says that the row is a total."""
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    return bool(_TOTAL.match(first))


def total_rows(cells: pl.DataFrame, *, lacking: pl.Series) -> pl.Series:
    """Which rows are totals, of text columns in the order of the source.

    The first filled cell says so, and either a required cell is lacking or most cells are empty:
    a customer may well be called Total.
    """
    if not cells.width:
        return pl.Series([False]).new_from_index(0, len(lacking))
    filled = pl.all().str.strip_chars().replace("", None)
    first, count = (
        cells.select(filled)
        .select(
            pl.coalesce(pl.all()).alias("first"),
            pl.sum_horizontal(pl.all().is_not_null()).alias("count"),
        )
        .get_columns()
    )
    sparse = count * 2 <= cells.width
    found = (first.str.contains(TOTAL) & lacking) | (first.str.contains(_EXACT) & sparse)
    return found.fill_null(value=False)
