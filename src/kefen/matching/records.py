"""Records as they are compared: names taken apart, numbers in one form."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import polars as pl

from kefen.matching.names import Name, read_name
from kefen.matching.places import PROVINCE

FIELDS: Final = ("name", "address", "place", "birthday")
"""Texts of a record, besides its `id`."""
IDENTIFIERS: Final = ("number", "phone", "email", "wechat")
"""Lists of texts: tax, credit and identity numbers, and how the customer is reached."""
_NOT_DIGIT: Final = re.compile(r"\D+")
_NOT_WORD: Final = re.compile(r"[\W_]+")
_LEAST_PHONE: Final = 7
_LEAST: Final = 4
_AT_ONCE: Final = 50_000
"""Records taken apart together: as texts of Python they take ten times their room."""
_STARTS: Final = re.compile(r"^(?:00|\+)?86(?=\d{10,11}$)")
_EMPTY: Final = frozenset({"无", "无电话", "暂无", "未知", "none", "null", "na", "unknown", "test"})


def read_identifier(kind: str, text: str) -> str:
    """An identifier in the form it is compared in; empty where it says nothing.

    >>> read_identifier("phone", "+86 139-0000-1111"), read_identifier("email", " A@b.cn ")
    ('13900001111', 'a@b.cn')
    >>> read_identifier("phone", "00000000"), read_identifier("number", "91310000-ma1k")
    ('', '91310000MA1K')
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if kind == "phone":
        digits = _NOT_DIGIT.sub("", plain)
        digits = _STARTS.sub("", digits).lstrip("0")
        plain = digits if len(digits) >= _LEAST_PHONE else ""
    elif kind == "email":
        plain = plain if "@" in plain else ""
    elif kind == "number":
        plain = _NOT_WORD.sub("", plain).upper()
    if len(plain) < _LEAST or len(set(plain)) == 1 or plain in _EMPTY:
        return ""
    return plain


def read_address(text: str) -> str:
    """An address as it is compared: letters and digits alone, words in latin script apart."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_NOT_WORD.sub(" ", plain).split())


def prepared(records: pl.DataFrame) -> pl.DataFrame:
    """Records numbered as they come, with their names taken apart and texts in one form."""
    parts = [_taken_apart(some) for some in records.iter_slices(_AT_ONCE)]
    frame = pl.concat(parts) if parts else _taken_apart(records)
    han = pl.col("core").str.contains(r"[\x{3400}-\x{9fff}]")
    return frame.with_row_index("n").with_columns(han=han)


def _taken_apart(records: pl.DataFrame) -> pl.DataFrame:
    texts = {
        name: records[name].cast(pl.String).fill_null("").to_list()
        if name in records.columns
        else [""] * records.height
        for name in FIELDS
    }
    names = [read_name(name) for name in texts["name"]]
    return pl.DataFrame(
        {
            "core": [one.core for one in names],
            "own": [one.own for one in names],
            "trade": [one.trade for one in names],
            "branch": [one.branch for one in names],
            "company": [one.company for one in names],
            "sound": [one.sound for one in names],
            "figures": [_NOT_DIGIT.sub("", one.core) for one in names],
            "place": [_place(one, text) for one, text in zip(names, texts["place"], strict=True)],
            "address": [read_address(text) for text in texts["address"]],
            "birthday": [_NOT_DIGIT.sub("", text) for text in texts["birthday"]],
        },
        {
            **dict.fromkeys(("core", "own", "trade", "branch"), pl.String),
            "company": pl.Boolean,
            **dict.fromkeys(("sound", "figures", "place", "address", "birthday"), pl.String),
        },
    )


def identifiers(records: pl.DataFrame) -> pl.DataFrame:
    """The identifiers of numbered records: `n`, `kind`, `value`, each once."""
    found = []
    for kind in IDENTIFIERS:
        if kind not in records.columns:
            continue
        said = records.with_row_index("n").select("n", value=pl.col(kind)).explode("value")
        said = said.filter(pl.col("value").is_not_null() & (pl.col("value") != ""))
        values = [read_identifier(kind, text) for text in said["value"].to_list()]
        frame = said.select("n").with_columns(
            kind=pl.lit(kind), value=pl.Series("value", values, pl.String)
        )
        found.append(frame.filter(pl.col("value") != ""))
    schema = {"n": pl.UInt32, "kind": pl.String, "value": pl.String}
    return pl.concat(found).unique() if found else pl.DataFrame(schema=schema)


def _place(name: Name, text: str) -> str:
    """The place in the name, else the one that is said beside it."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    for ending in ("省", "市", "特别行政区", "自治区"):
        plain = plain.removesuffix(ending)
    return name.place or (plain if plain in PROVINCE or plain.isascii() else "")
