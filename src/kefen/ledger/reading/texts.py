"""Cleans text: blanks, invisible characters, ids, yes and no."""

from __future__ import annotations

import polars as pl

from kefen.cells import MARKED
from kefen.ledger.reading.raw import cell_text, number_text

NOTHING = (
    "",
    "-",
    "--",
    "—",
    "——",
    "－",
    "–",
    "N/A",
    "n/a",
    "#N/A",
    "NULL",
    "null",
    "None",
    "nan",
    "NaN",
    "无",
    "暂无",
)
YES = ("是", "y", "yes", "true", "t", "1", "√", "✓", "对", "有", "真")
NO = ("否", "n", "no", "false", "f", "0", "×", "✗", "x", "不是", "没有", "假", "非")
_INVISIBLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]"
_LONGEST_ID = 200


def as_text(series: pl.Series) -> pl.Series:
    """Any column as text, as a person would write it; whole floats lose their `.0`."""
    dtype = series.dtype
    if dtype == pl.String:
        return series
    if dtype in (pl.Categorical, pl.Enum) or dtype.is_integer():
        return series.cast(pl.String)
    if dtype.is_float():
        return _by_distinct(series.cast(pl.Float64), number_text)
    if dtype == pl.Boolean:
        return series.cast(pl.String).str.to_uppercase()
    if dtype.is_decimal():
        return series.cast(pl.String).str.replace(r"\.0+$", "")
    return pl.Series(series.name, [cell_text(value) for value in series], dtype=pl.String)


def _by_distinct(series: pl.Series, write: object) -> pl.Series:
    texts = [None if value is None else write(value) for value in series]  # type: ignore[operator]
    return pl.Series(series.name, texts, dtype=pl.String)


def trimmed(series: pl.Series) -> pl.Series:
    """Text without surrounding space and invisible characters; what means nothing is null.

    The mark that keeps `'=1` or `'+86…` from being a formula is taken off.
    """
    text = series
    if text.str.contains(_INVISIBLE).any():
        text = text.str.replace_all(_INVISIBLE, "")
    text = text.str.strip_chars()
    if text.str.starts_with("'").any():
        text = text.str.replace(MARKED, "$1").str.strip_chars()
    return text.set(text.is_in(NOTHING), None)


def clean_id(text: pl.Series) -> pl.Series:
    """An id or a name that joins: NFKC, no leading apostrophe, one space for any white space.

    >>> clean_id(pl.Series(["'００１２", "A\\n 1"])).to_list()
    ['0012', 'A 1']
    """
    if (text.str.len_bytes() != text.str.len_chars()).any():
        text = text.str.normalize("NFKC")
    if text.str.starts_with("'").any():
        text = text.str.strip_prefix("'").str.strip_chars()
    if text.str.contains(r"\s\s|[\t\r\n]").any():
        text = text.str.replace_all(r"\s+", " ")
    return text


def too_long(text: pl.Series) -> pl.Series:
    """Which ids cannot be ids: over 200 characters."""
    return text.str.len_chars() > _LONGEST_ID


def clean_boolean(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`(value, code)`: yes or no as people write it, or the code `bad-boolean`."""
    lower = text.str.normalize("NFKC").str.to_lowercase()
    yes, no = lower.is_in(YES), lower.is_in(NO)
    value = yes.set(~(yes | no), None)
    code = pl.Series("code", ["bad-boolean"]).new_from_index(0, len(text))
    return value, code.set(yes | no | text.is_null(), None)
