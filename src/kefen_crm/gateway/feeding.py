"""What was written on the site into the ledger: kind by kind, as the site says it is now."""

from __future__ import annotations

import json
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
ATTRIBUTES: Final = "attributes"
"""The column of a customer that is a JSON object; several rows may each name some of its keys."""
ORDER: Final = tuple(KINDS)
"""The kinds of fact, customers before what they did."""
READING: Final[dict[str, Any]] = {"date_order": "ymd", "decimal": "."}
PATIENCE: Final = 600.0
"""Seconds to wait for another writer."""


class UnfitError(Exception):
    """Rows that the ledger refused: their app should not have let them in."""


def land(ledger: Ledger, kind: str, facts: Rows, by: str = "") -> bool:
    """Have these facts of a kind be in the ledger as given; whether anything changed.

    It may be done again at any time. What empties a field of a customer empties it there; of its
    further attributes, those that a row does not name stay.

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
            shared_codes="one",
            blanks="erase" if kind == CUSTOMERS and ATTRIBUTES not in rows[0] else "keep",
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

    A field that a row of a customer does not have stays as it is; of a fact it is empty. What
    several rows say of a customer's attributes is one row.
    """
    groups: dict[Any, list[Mapping[str, Any]]] = {}
    for rows in facts.values():
        for row in _attributes_together(rows) if kind == CUSTOMERS else rows:
            groups.setdefault(frozenset(row) if kind == CUSTOMERS else None, []).append(row)
    return list(groups.values())


def _attributes_together(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    told: dict[str, Any] = {}
    for row in rows:
        told |= json.loads(row.get(ATTRIBUTES) or "{}")
    plain = [row for row in rows if ATTRIBUTES not in row]
    named = next((row for row in rows if ATTRIBUTES in row), None)
    if named is None:
        return plain
    return [*plain, {**named, ATTRIBUTES: json.dumps(told, ensure_ascii=False)}]


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
