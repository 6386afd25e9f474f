"""How a person says that a file is to be read, where the evidence is not to decide."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

DateOrder = Literal["ymd", "mdy", "dmy"]
Decimal = Literal[".", ","]
RepeatedLines = Literal["once", "all"]


class Options(TypedDict, total=False):
    """The options of `Ledger.load`, `check` and `inspect` beside kind, mapping and sheet.

    `encoding` is a Python codec, `delimiter` one character or `tab`, `decimal` the decimal sign,
    `date_order` the order of dates such as 3/4/25, `header_row` the 1-based line of the headings,
    and `repeated_lines` whether equal lines of one order count once or all.
    """

    encoding: str
    delimiter: str
    decimal: Decimal
    date_order: DateOrder
    header_row: int
    repeated_lines: RepeatedLines


def given(**options: Any) -> Options:
    """The options that were given; nothing is passed on for the others.

    >>> given(encoding="gb18030", delimiter=None, decimal="")
    {'encoding': 'gb18030'}
    """
    return {name: value for name, value in options.items() if value not in (None, "")}  # type: ignore[return-value]
