"""Finds rows that an unquoted thousands separator has shifted: `¥1,020.00` in a comma file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading.candidates import names_money
from kefen.ledger.reading.raw import FaultyRow

if TYPE_CHECKING:
    from kefen.ledger.reading.raw import Layout

_LEADING = r"^\s*[-−(（+]?\s*[^\w\s,.]{0,2}\s*\d{1,3}\s*$"
_FOLLOWING = r"^\d{3}(?:\.\d+)?\s*[)）元]?\s*$"
_DECIMALS = r"^\d{3}\.\d+"


def shifted_rows(frame: pl.DataFrame, layout: Layout) -> tuple[pl.DataFrame, list[FaultyRow]]:
    """The rows that stand, and those whose amount has run over into the next column.

    An amount has run over where it has three digits at most and the next cell, of a column that
    holds no numbers and speaks of no money, three digits and decimals. In a column of notes, three
    digits are enough where it holds nothing else; of a column that nobody knows, both must hold.
    """
    joined: list[pl.Expr] = []
    for heading, following in zip(layout.headings, layout.headings[1:], strict=False):
        money = following in layout.numbers or names_money(following)
        if heading not in layout.amounts or money:
            continue
        mask = _run_over(
            frame[heading],
            frame[following],
            texts=following in layout.texts,
            notes=following in layout.notes,
        )
        if mask is not None:
            cells = (pl.col(name).str.strip_chars() for name in (heading, following))
            joined.append(pl.when(mask).then(pl.concat_str(*cells, separator=",")))
    if not joined:
        return frame, []
    values = frame.select(pl.coalesce(joined).alias("value")).to_series()
    shifted = values.is_not_null()
    faulty = [
        FaultyRow(line, list(cells), "split-amount", {"value": value})
        for (*cells, line), value in zip(
            frame.filter(shifted).rows(), values.drop_nulls(), strict=True
        )
    ]
    return frame.filter(~shifted), faulty


def _run_over(
    amount: pl.Series, following: pl.Series, *, texts: bool, notes: bool
) -> pl.Series | None:
    ends = following.str.contains(_FOLLOWING)
    if not ends.any():
        return None
    both = ends & amount.str.contains(_LEADING)
    if not both.any():
        return None
    filled = following.str.strip_chars() != ""
    alone = bool((both | ~filled).all())
    with_decimals = both & following.str.contains(_DECIMALS)
    if notes and alone:
        return both
    return with_decimals if (texts or alone) and with_decimals.any() else None
