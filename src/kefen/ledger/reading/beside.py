"""Tables that stand side by side under the same headings, read one beneath the other."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.model import BESIDE, CUSTOMER_NAME, LINE
from kefen.ledger.reading.raw import RawBatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_AGAIN = re.compile(r" \(\d+\)$")
_BLANK = re.compile(r"(?:列|column) \d+")
_NEEDED = ({"amount"}, {"customer_id", CUSTOMER_NAME})


def first(heading: str) -> str:
    """A heading as it was before its like came again: 金额 of 金额 (2).

    >>> first("金额 (2)"), first("金额 (元)")
    ('金额', '金额 (元)')
    """
    return _AGAIN.sub("", heading)


def blocks(headings: Sequence[str]) -> list[list[str]]:
    """The headings of each of several tables side by side; all in one where there is but one.

    Each has the same headings in the same order, among them money and a customer.

    >>> blocks(["客户", "金额", "列 3", "客户 (2)", "金额 (2)"])
    [['客户', '金额'], ['客户 (2)', '金额 (2)']]
    """
    whole = [list(headings)]
    named = [heading for heading in headings if not _BLANK.fullmatch(heading)]
    names = [first(heading) for heading in named]
    width = names.index(names[0], 1) if names and names[0] in names[1:] else 0
    if width < len(_NEEDED) or len(names) % width:
        return whole
    if any(names[place : place + width] != names[:width] for place in range(0, len(names), width)):
        return whole
    known = {column for name in names[:width] for _, column in columns_known(name)}
    if len(set(names[:width])) < width or not all(known & columns for columns in _NEEDED):
        return whole
    return [named[place : place + width] for place in range(0, len(named), width)]


def unlike(headings: Sequence[str]) -> list[list[str]]:
    """The headings of each of several tables side by side that are not alike, with a column
    without a heading between them; none where there is but one.

    >>> unlike(["单号", "客户", "金额", "列 4", "退货单号", "客户 (2)", "退货金额"])
    [['单号', '客户', '金额'], ['退货单号', '客户 (2)', '退货金额']]
    """
    parts: list[list[str]] = [[]]
    for heading in headings:
        if _BLANK.fullmatch(heading):
            parts.append([])
        else:
            parts[-1].append(heading)
    tables = [part for part in parts if part]
    return tables if len(tables) > 1 and all(map(_is_table, tables)) else []


def _is_table(headings: Sequence[str]) -> bool:
    known = {column for name in headings for _, column in columns_known(first(name))}
    return all(known & columns for columns in _NEEDED)


def beneath(batch: RawBatch, tables: Sequence[Sequence[str]]) -> RawBatch:
    """The rows of each table under the headings of the first; lines of later ones count on from
    `BESIDE`, and blank rows of theirs are left out.
    """
    frames, marks = [], []
    for number, names in enumerate(tables):
        place = dict(zip(names, tables[0], strict=True))
        frame = batch.frame.select([*names, LINE]).rename(place)
        if number:
            filled = pl.any_horizontal(
                pl.col(name).is_not_null()
                & (pl.col(name).cast(pl.String).str.strip_chars().str.len_bytes() > 0)
                for name in tables[0]
            )
            frame = frame.filter(filled).with_columns(pl.col(LINE) + number * BESIDE)
        frames.append(frame)
        marks += [
            replace(mark, line=mark.line + number * BESIDE, heading=place[mark.heading])
            for mark in batch.marked
            if mark.heading in place
        ]
    numeric = [
        name
        for place, name in enumerate(tables[0])
        if all(names[place] in batch.numeric for names in tables)
    ]
    return RawBatch(
        pl.concat(frames, how="vertical_relaxed"),
        batch.done,
        batch.faulty,
        marks,
        frozenset(numeric),
    )


def widened(names: Iterable[str], tables: Sequence[Sequence[str]]) -> frozenset[str]:
    """These headings of the first table with those that stand for them in the others."""
    wanted = set(names)
    return frozenset(
        again
        for table in tables
        for again, name in zip(table, tables[0], strict=True)
        if name in wanted
    )
