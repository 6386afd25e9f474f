"""Cleans text: blanks, invisible characters, ids, yes and no."""

from __future__ import annotations

import html

import polars as pl

from kefen.cells import MARKED
from kefen.ledger.reading.columns import where
from kefen.ledger.reading.raw import cell_text, number_text

NOTHING = (
    "", "-", "--", "---", "—", "——", "－", "–", "−", "/", "\\", "\\N", "N/A", "n/a", "NA", "n.a.",
    "#N/A", "#NA", "NULL", "Null", "null", "<null>", "(null)", "[NULL]", "None", "none", "nan",
    "NaN", "NaT", "nil", "(blank)", "(空白)", "（空白）", "无", "無", "暂无", "空", "／",
)  # fmt: skip
ERRORS = (
    "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!",
    "#FIELD!", "#BLOCKED!", "#GETTING_DATA", "Err:502", "Err:508", "Err:522",
)  # fmt: skip
"""What a spreadsheet shows where a formula failed."""
YES = (
    "是", "y", "yes", "true", "t", "1", "√", "✓", "✔", "☑", "✅", "对", "有", "真",
    "ja", "j", "oui",
    "o", "sí", "sì", "si", "s", "sim", "tak", "да", "はい", "あり", "○", "예",
)  # fmt: skip
NO = (
    "否", "n", "no", "false", "f", "0", "×", "✗", "✘", "✖", "❌", "x", "不是", "没有", "假", "非",
    "nein",
    "nee", "non", "não", "nie", "нет", "いいえ", "なし", "無", "아니오",
)  # fmt: skip
_INVISIBLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]"
PLAIN = r"^[+-]?[0-9A-Za-z](?:[0-9A-Za-z ._/\-]*[0-9])?$"
"""Numbers, days and codes from which nothing is to be taken, and that mean something."""
_FIGURES = r"^[+-]?[0-9][0-9.]*$"
_WRAPPED = rf"^[=`']|&|{_INVISIBLE}"
_NO_VALUE = (*NOTHING, *ERRORS)
LONGEST_ID = 200
"""Characters of an id or of a customer's name, as `clean_id` writes it."""
_LONGEST_WORD = 32
_LONGEST_CODED = 10_000
_FORMULA = r"""(?s)^=["“](.*)["”]$"""
_ENTITY = r"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5});"


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

    The mark that keeps `'=1` or `'+86…` from being a formula is taken off, and so are the
    wrappings that programs put around a text for a spreadsheet's sake: `="0012"`, a leading
    backtick, `&amp;`.

    >>> trimmed(pl.Series(['="0012"', "\t`0013\t", "A &amp; B", "NULL", "#REF!"])).to_list()
    ['0012', '0013', 'A & B', None, None]
    """
    odd = (~series.str.contains(PLAIN)).fill_null(value=False)
    count = odd.sum()
    if not count:
        return series
    if 2 * count > len(series):
        return _trimmed(series)
    return series.clone().scatter(odd.arg_true(), _trimmed(series.filter(odd)))


def _trimmed(series: pl.Series) -> pl.Series:
    """The same, whatever the cells hold."""
    text = series.str.strip_chars()
    if text.str.contains(_WRAPPED).any():
        text = _unwrapped(text)
    return text.set(text.is_in(_NO_VALUE), None)


def are_figures(series: pl.Series) -> bool:
    """Whether every cell of a column is a bare number.

    >>> are_figures(pl.Series(["12", "-3.50"])), are_figures(pl.Series(["12", "3 "]))
    (True, False)
    """
    if series.dtype != pl.String or series.null_count():
        return False
    return bool(series.str.contains(_FIGURES).all())


def all_trimmed(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column of a frame of texts as `trimmed`, at once."""
    text = frame.select(pl.all().str.strip_chars())
    wrapped = where(text, pl.all().str.contains(_WRAPPED))
    text = text.with_columns(_unwrapped(text[name]) for name in wrapped)
    return text.select(pl.when(~pl.all().is_in(_NO_VALUE)).then(pl.all()))


def _unwrapped(text: pl.Series) -> pl.Series:
    text = text.str.replace_all(_INVISIBLE, "").str.strip_chars()
    if text.str.contains(r"^[=`]").any():
        text = text.str.replace(_FORMULA, "${1}").str.strip_prefix("`").str.strip_chars()
    if text.str.starts_with("'").any():
        text = text.str.replace(MARKED, "$1").str.strip_chars()
    if text.str.contains("&", literal=True).any():
        text = _without_entities(text)
    return text


def _without_entities(text: pl.Series) -> pl.Series:
    """`&amp;` and its like as the signs they stand for, once."""
    coded = text.filter(
        (text.str.len_bytes() < _LONGEST_CODED) & text.str.contains(_ENTITY)
    ).unique()
    if not len(coded):
        return text
    plain = pl.Series([html.unescape(each).strip() for each in coded], dtype=pl.String)
    return text.replace(coded, plain)


def clean_id(text: pl.Series) -> pl.Series:
    """An id or a name that joins: NFKC, no leading apostrophe, one space for any white space.

    >>> clean_id(pl.Series(["'００１２", "A\\n 1"])).to_list()
    ['0012', 'A 1']
    """
    text = text.str.head(LONGEST_ID + 1)
    if (text.str.len_bytes() != text.str.len_chars()).any():
        text = text.str.normalize("NFKC")
    if text.str.starts_with("'").any():
        text = text.str.strip_prefix("'").str.strip_chars()
    if text.str.contains(r"\s\s|[\t\r\n]").any():
        text = text.str.replace_all(r"\s+", " ")
    return text


def too_long(text: pl.Series) -> pl.Series:
    """Which ids cannot be ids: over 200 characters."""
    return text.str.len_chars() > LONGEST_ID


def clean_boolean(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`(value, code)`: yes or no as people write it, or the code `bad-boolean`."""
    lower = text.str.head(_LONGEST_WORD).str.normalize("NFKC").str.to_lowercase()
    yes, no = lower.is_in(YES), lower.is_in(NO)
    value = yes.set(~(yes | no), None)
    code = pl.Series("code", ["bad-boolean"]).new_from_index(0, len(text))
    return value, code.set(yes | no | text.is_null(), None)
