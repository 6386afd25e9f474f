"""Headings that all stand in one cell: the delimiter is another, or each line stands in quotes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kefen.ledger.reading.column_mapping import columns_known

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARTING = re.compile(r"[，；、,;|:：]|\s+")
_NEEDED = 2
_LONGEST = 500


def in_one_cell(headings: Sequence[str]) -> tuple[str, dict[str, str]] | None:
    """The code and data of what parts headings that stand in one cell; None where none do.

    >>> in_one_cell(["客户，日期，金额"])
    ('headings-in-one-cell', {'heading': '客户，日期，金额', 'delimiter': '，'})
    """
    if len(headings) != 1 or len(headings[0]) > _LONGEST:
        return None
    [heading] = headings
    parts = [part.strip() for part in _PARTING.split(heading)]
    if sum(bool(columns_known(part)) for part in parts if part) < _NEEDED:
        return None
    found = _PARTING.findall(heading)
    mark = max(found, key=found.count)
    if mark == ",":
        return "lines-in-quotes", {"heading": heading}
    if not mark.strip():
        return "columns-by-blanks", {"heading": heading}
    return "headings-in-one-cell", {"heading": heading, "delimiter": mark}
