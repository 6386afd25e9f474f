"""What was written on the site into the ledger: kind by kind, as the site says it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.errors import LedgerError
from kefen.ledger.facts import KINDS
from kefen.ledger.reading import open_reader
from kefen.wording import sentence
from kefen_crm.gateway import language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.ledger import Ledger

    Rows = Mapping[str, Sequence[Mapping[str, Any]]]
    """The rows of facts by their numbers; without rows there is no such fact."""

__all__ = ["ORDER", "SITE", "UnfitError", "faults", "frame", "land"]

SITE: Final = "site"
"""The remark of such batches, which tells them from imports."""
CUSTOMERS: Final = "customers"
ORDER: Final = tuple(KINDS)
"""The kinds of fact, customers before what they did."""
READING: Final[dict[str, Any]] = {"date_order": "ymd", "decimal": "."}
PATIENCE: Final = 600.0
"""Seconds to wait for another writer."""


class UnfitError(Exception):
    """Rows that the ledger refused: their app should not have let them in."""


def land(ledger: Ledger, kind: str, facts: Rows, by: str = "") -> bool:
    """Have these facts of a kind be in the ledger as given; whether anything changed.

    It may be done again at any time. What empties a field of a customer empties it there.

    Raises:
        UnfitError: when the ledger refuses a row; the others have landed.
        LedgerError: `ledger-busy`.
    """
    changed = False
    for rows in alike(kind, facts):
        batch = ledger.load(
            frame(kind, rows),
            kind,
            by=by or None,
            note=SITE,
            origin=SITE,
            known_keys="replace",
            blanks="erase" if kind == CUSTOMERS else "keep",
            patience=PATIENCE,
            **READING,
        )
        changed |= bool(batch.added + batch.replaced + batch.created_customers)
        if batch.rejected:
            raise UnfitError(", ".join(sorted({one.code for one in ledger.rejections(batch.id)})))
    gone = [number for number, these in facts.items() if not these]
    if gone:
        changed |= _removed(ledger, kind, gone, by)
    return changed


def alike(kind: str, facts: Rows) -> list[list[Mapping[str, Any]]]:
    """The rows that may land together: of customers, those that say something of the same fields.

    A field that a row of a customer does not have stays as it is; of a fact it is empty.
    """
    groups: dict[Any, list[Mapping[str, Any]]] = {}
    for rows in facts.values():
        for row in rows:
            groups.setdefault(frozenset(row) if kind == CUSTOMERS else None, []).append(row)
    return list(groups.values())


def _removed(ledger: Ledger, kind: str, numbers: list[str], by: str) -> bool:
    try:
        batch = ledger.remove(kind, numbers, by=by or None, note=SITE, patience=PATIENCE)
    except LedgerError as error:
        if error.code == "unknown-fact":
            return False
        raise
    return bool(batch.removed)


def faults(kind: str, row: Mapping[str, Any]) -> dict[str, str]:
    """What the ledger would refuse of a row, in sentences by column; "" where no column is named.

    Numbers of facts and customers are left out of what it looks at.
    """
    known = KINDS[kind]
    stands = {known.key[0]: "1", known.customer_column: "1"} | dict(row)
    reader = open_reader(frame(kind, [stands]), kind, **READING)
    refused = [one for chunk in reader.chunks() for one in chunk.rejections]
    return {one.column or "": sentence(one.code, one.data, language()) for one in refused}


def frame(kind: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as a frame of texts, with the columns of the kind that any of them has."""
    names = [one.name for one in KINDS[kind].columns if any(one.name in row for row in rows)]
    return pl.DataFrame(
        {name: [_text(row.get(name)) for row in rows] for name in names},
        schema=dict.fromkeys(names, pl.String),
    )


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
