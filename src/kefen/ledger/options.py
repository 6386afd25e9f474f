"""How a person says that a file is to be read, where the evidence is not to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, TypedDict, get_args

from kefen.errors import LedgerError

DateOrder = Literal["ymd", "mdy", "dmy"]
Decimal = Literal[".", ","]
RepeatedLines = Literal["once", "all"]
KnownKeys = Literal["ask", "tell", "replace", "new"]
SharedCodes = Literal["ask", "tell", "one", "apart"]
Blanks = Literal["keep", "erase"]
RepeatedKeys = Literal["ask", "last"]
Erased = Literal["skip", "land"]

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "date_order": get_args(DateOrder),
    "repeated_lines": get_args(RepeatedLines),
    "known_keys": get_args(KnownKeys),
    "shared_codes": get_args(SharedCodes),
    "blanks": get_args(Blanks),
    "erased": get_args(Erased),
    "repeated_keys": get_args(RepeatedKeys),
}
"""The options that are one of a few words, with these."""
READING: Final = (
    "encoding",
    "delimiter",
    "decimal",
    "date_order",
    "header_row",
    "currency",
    "timezone",
    "today",
)
"""The options that say how a file is read."""
_OF_PROGRAMS: Final = ("repeated_keys",)
"""Those of what programs send, one statement after the other."""


def chosen(name: str, value: object) -> None:
    """Refuse what is none of the words of an option. LedgerError `bad-option`.

    >>> chosen("blanks", "keep")
    """
    if value not in CHOICES[name]:
        known = [word for word in CHOICES[name] if word != "tell"]
        raise LedgerError("bad-option", name=name, value=str(value)[:40], known=known)


def checked(reading: Mapping[str, Any]) -> None:
    """Refuse options of reading that there are not, or that cannot be meant.

    Raises:
        LedgerError: `unknown-option`, `bad-option`.
    """
    for name in reading:
        if name not in READING:
            options = [entry.name for entry in fields(Landing) if entry.name not in _OF_PROGRAMS]
            known = [*READING[:5], *options]
            raise LedgerError("unknown-option", name=name[:40], known=known)
    if (order := reading.get("date_order")) is not None:
        chosen("date_order", order)
    row = reading.get("header_row")
    if row is not None and (not isinstance(row, int) or isinstance(row, bool) or row < 1):
        raise LedgerError(
            "bad-option", name="header_row", value=str(row)[:40], known=["1", "2", "…"]
        )


class Options(TypedDict, total=False):
    """The options of `Ledger.load`, `check` and `inspect` beside kind, mapping and sheet.

    `encoding` is a Python codec, `delimiter` one character or `tab`, `decimal` the decimal sign,
    `date_order` the order of dates such as 3/4/25, `header_row` the 1-based line of the headings,
    and `repeated_lines` whether equal lines of one order count once or all. `Ledger.load` says
    what `known_keys`, `shared_codes`, `prefix`, `blanks`, `statuses` and `erased` mean.
    """

    encoding: str
    delimiter: str
    decimal: Decimal
    date_order: DateOrder
    header_row: int
    repeated_lines: RepeatedLines
    known_keys: KnownKeys
    shared_codes: SharedCodes
    prefix: str
    blanks: Blanks
    statuses: Mapping[str, bool]
    erased: Erased


@dataclass(frozen=True)
class Landing:
    """How rows that are read come into the ledger; `Ledger.load` says what each means.

    `repeated_keys`: whether rows of one key are statements in time, as those of programs are, of
    which the `last` holds. In files the evidence decides what they are.
    """

    repeated_lines: RepeatedLines = "once"
    known_keys: KnownKeys = "ask"
    prefix: str = ""
    blanks: Blanks = "keep"
    statuses: Mapping[str, bool] | None = None
    erased: Erased = "skip"
    shared_codes: SharedCodes = "ask"
    repeated_keys: RepeatedKeys = "ask"

    def __post_init__(self) -> None:
        for name in CHOICES.keys() & vars(self).keys():
            chosen(name, getattr(self, name))
        if not isinstance(self.prefix, str):
            raise LedgerError(
                "bad-option", name="prefix", value=str(self.prefix)[:40], known=["shop2"]
            )
        if not (self.statuses is None or isinstance(self.statuses, Mapping)):
            value = str(self.statuses)[:40]
            raise LedgerError("bad-option", name="statuses", value=value, known=['{"paid": True}'])

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
