"""Which records are worth comparing: those that share a key which few records have.

Each record has some keys; no two records are compared that share none. A key of more records than
`MOST` says too little and is passed over, so the work grows with the records, not with their pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST: Final = 40
"""Records that share a key at most, where they are all compared with each other."""
_RECORDS, _KEYS = 50_000, 2_000_000
"""Records whose keys are made, and keys that are compared, together: what takes memory."""
_EDITED: Final = range(3, 13)
"""Lengths of names in Chinese of which those with one character left out are keys, too."""


def candidates(records: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Pairs of record numbers `a` < `b` that share a key, each once."""
    keys = pl.concat(
        [_hashed(some, identifiers) for some in records.iter_slices(_RECORDS)]
        or [_hashed(records, identifiers)]
    )
    shares = 1 + keys.height // _KEYS
    pairs = pl.concat(
        [_sharing(keys.filter(pl.col("key") % shares == share)) for share in range(shares)]
    )
    return pairs.unique().sort("a", "b")


def _hashed(records: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """The keys of some records, as numbers."""
    these = identifiers.join(records.select("n"), on="n", how="semi")
    parts = []
    for kind, keyed in _keys(records, these):
        key = pl.struct(pl.lit(kind), *(name for name in keyed.columns if name != "n")).hash()
        parts.append(keyed.select("n", key=key))
    return pl.concat(parts).unique()


def _sharing(keys: pl.DataFrame) -> pl.DataFrame:
    """Pairs of records for every key that some share, but not too many."""
    size = pl.len().over("key")
    keys = keys.filter((size > 1) & (size <= MOST))
    pairs = keys.join(keys, on="key", suffix="_b").filter(pl.col("n") < pl.col("n_b"))
    return pairs.select(a="n", b="n_b").unique()


def _keys(records: pl.DataFrame, identifiers: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """The keys of the records: what kind, and `n` with the columns that make it."""
    yield "identifier", identifiers
    named = records.filter(pl.col("core") != "")
    yield "core", named.select("n", "core", "branch")
    yield "sound", named.select("n", "sound")
    chinese, latin = named.filter("han"), named.filter(~pl.col("han"))
    yield "own", chinese.select("n", "own")
    yield "own and place", chinese.select("n", "own", "place")
    yield "edited", _edited(chinese)
    yield "words", _words(latin)
    said = records.filter(pl.col("address").str.len_chars() >= 8)
    yield "address", said.select("n", "address")
    yield "address and name", said.select("n", pl.col("address"), pl.col("core").str.slice(0, 1))
    born = records.filter(pl.col("birthday") != "")
    yield "birthday", born.select("n", "birthday")
    yield "birthday and name", born.select("n", "birthday", pl.col("core").str.slice(0, 1))
    street = said.select(
        "n", street=pl.col("address").str.replace_all(r"[0-9]+", "").str.strip_chars()
    )
    yield "street", street.filter(pl.col("street").str.len_chars() >= 6)
    placed = latin.filter(pl.col("place") != "")
    yield "place and name", placed.select("n", "place", _skeleton(pl.col("core")).alias("skeleton"))


def _edited(records: pl.DataFrame) -> pl.DataFrame:
    """Names with one character left out: names that differ by one share one of these."""
    parts = []
    for length in _EDITED:
        these = records.filter(pl.col("core").str.len_chars() == length)
        core = pl.col("core")
        parts.append(these.select("n", left="core"))
        for at in range(length):
            left = core.str.slice(0, at) + core.str.slice(at + 1)
            parts.append(these.select("n", left=left))
    return pl.concat(parts)


def _words(records: pl.DataFrame) -> pl.DataFrame:
    """Pairs of words as they sound, of names in latin script; of one word the word."""
    words = records.select("n", word=pl.col("sound").str.split(" ").list.head(4)).explode("word")
    words = words.with_columns(_skeleton(pl.col("word")).alias("word"))
    both = words.join(words, on="n", suffix="_b").filter(pl.col("word") <= pl.col("word_b"))
    alone = pl.len().over("n") == 1
    return both.filter((pl.col("word") < pl.col("word_b")) | alone)


def _skeleton(text: pl.Expr) -> pl.Expr:
    """A word's first letter with its consonants, doubled ones once."""
    rest = text.str.slice(1).str.replace_all(r"[aeiouyhw ]", "")
    for letter in "bcdfgklmnprstz":
        rest = rest.str.replace_all(letter * 2, letter, literal=True)
    return text.str.slice(0, 1) + rest
