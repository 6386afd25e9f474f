"""Customers that are likely one, and whose facts are read as those of whom."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.matching import find, groups
from kefen.matching.finding import PARTS
from kefen.matching.names import read_name
from kefen.matching.records import FIELDS, IDENTIFIERS, read_identifier
from kefen_crm.gateway.feeding import PATIENCE
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["IDENTIFIERS", "alias", "groups", "pairs", "read_identifier", "read_name"]

_SCHEMA: Final[dict[str, Any]] = {
    "id": pl.Int64,
    **dict.fromkeys(FIELDS, pl.String),
    **dict.fromkeys(IDENTIFIERS, pl.List(pl.String)),
}

_AT_ONCE: Final = 20_000
"""Records made a table together: as Python's they take several times its room."""


def pairs(records: Iterable[Mapping[str, Any]]) -> list[tuple[int, int, float, dict[str, float]]]:
    """Pairs of records by their `id`, the likeliest first, with points and those of each part."""
    rest, parts = iter(records), [pl.DataFrame(schema=_SCHEMA)]
    while some := list(islice(rest, _AT_ONCE)):
        parts.append(pl.DataFrame(some, _SCHEMA, orient="row"))
    found = find(pl.concat(parts))
    return [
        (row["a"], row["b"], row["score"], {name: row[name] for name in PARTS if row[name]})
        for row in found.iter_rows(named=True)
    ]


def alias(merged: Mapping[str, str]) -> tuple[int, int]:
    """Have the ledger read merged customers as others; its versions before and after.

    Raises:
        LedgerError: `ledger-busy`, `alias-circle`.
    """
    with opened() as ledger:
        before = ledger.version
        ledger.alias(merged, patience=PATIENCE)
        return before, ledger.version
