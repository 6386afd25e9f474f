"""How a person says that a file is to be read, where the evidence is not to decide."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

DateOrder = Literal["ymd", "mdy", "dmy"]
Decimal = Literal[".", ","]
RepeatedLines = Literal["once", "all"]
KnownKeys = Literal["ask", "tell", "replace", "new"]
Blanks = Literal["keep", "erase"]
Erased = Literal["skip", "land"]


class Options(TypedDict, total=False):
    """The options of `Ledger.load`, `check` and `inspect` beside kind, mapping and sheet.

    `encoding` is a Python codec, `delimiter` one character or `tab`, `decimal` the decimal sign,
    `date_order` the order of dates such as 3/4/25, `header_row` the 1-based line of the headings,
    and `repeated_lines` whether equal lines of one order count once or all. `Ledger.load` says
    what `known_keys`, `prefix`, `blanks`, `statuses` and `erased` mean.
    """

    encoding: str
    delimiter: str
    decimal: Decimal
    date_order: DateOrder
    header_row: int
    repeated_lines: RepeatedLines
    known_keys: KnownKeys
    prefix: str
    blanks: Blanks
    statuses: Mapping[str, bool]
    erased: Erased


@dataclass(frozen=True)
class Landing:
    """How rows that are read come into the ledger; `Ledger.load` says what each means."""

    repeated_lines: RepeatedLines = "once"
    known_keys: KnownKeys = "ask"
    prefix: str = ""
    blanks: Blanks = "keep"
    statuses: Mapping[str, bool] | None = None
    erased: Erased = "skip"

    def document(self) -> dict[str, Any]:
        """What of it makes one import another one than the same file by default."""
        plain = Landing()
        told = {name: value for name, value in vars(self).items() if value != getattr(plain, name)}
        return {"repeated_lines": self.repeated_lines, **told}


LANDING = frozenset(entry.name for entry in fields(Landing))
"""The options that say how rows land; the others say how they are read."""


def given(**options: Any) -> Options:
    """The options that were given; nothing is passed on for the others.

    >>> given(encoding="gb18030", delimiter=None, decimal="")
    {'encoding': 'gb18030'}
    """
    return {name: value for name, value in options.items() if value not in (None, "")}  # type: ignore[return-value]
