"""Reads quantities that are written with their unit: 2盒, 3 件, 1.5kg."""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from kefen.ledger.reading.currencies import PATTERN
from kefen.ledger.reading.units import is_scale

_PLAIN = r"[\d.]$"
_LONGEST = 40
_MEASURED = re.compile(
    r"(?P<number>[-+]?\d[\d.,' ]*?)\s?\(?(?P<unit>[^\W\d_十百千万萬亿億打]{1,8})\.?\)?"
)
_NO_UNIT = re.compile(rf"(?:{PATTERN})|[a-fh-km-z]|dozen|doz|dz", re.IGNORECASE)
"""Currencies, dozens, and letters that may be a scale, such as 2k; g and l are grams and litres."""


def without_unit(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`(text, measured)`: quantities without their unit, and where one was written.

    >>> text, measured = without_unit(pl.Series(["2盒", "3 件", "1.5kg", "2万", "7"]))
    >>> text.to_list(), measured.to_list()
    (['2', '3', '1.5', '2万', '7'], [True, True, True, False, False])
    """
    odd = text.filter(~text.str.contains(_PLAIN)).unique().to_list()
    bare = {written: number for written in odd if (number := _number(written)) is not None}
    if not bare:
        return text, pl.Series([False]).new_from_index(0, len(text))
    return text.replace(bare), text.is_in(list(bare)).fill_null(value=False)


def _number(written: str) -> str | None:
    """The number of a quantity whose unit is a plain one; None for any other text."""
    if len(written) > _LONGEST:
        return None
    found = _MEASURED.fullmatch(unicodedata.normalize("NFKC", written).strip())
    if found is None or is_scale(found["unit"]) or _NO_UNIT.fullmatch(found["unit"]):
        return None
    return found["number"]
