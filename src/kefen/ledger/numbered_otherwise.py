"""Rows that the ledger has already, without a number where they come with one, or as lines, or
under other numbers.

A report without order numbers comes first and the export with numbers later, or the other way
round. Nothing but customer, day and money shows that the rows are the same, so a person is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.errors import LedgerError
from kefen.ledger.facts import BATCH_ID
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice
from kefen.ledger.unnumbered import OWN, WHAT, pairs, sight

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.aliases import Aliases
    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.options import KnownKeys
    from kefen.ledger.snapshot import Snapshot

OTHER_NUMBERS = "rows-known-under-other-numbers"
WITHOUT, AS_LINES = "rows-known-without-numbers", "rows-known-as-lines"
_BARE = {"orders": "orders", "order_lines": "orders", "returns": "returns", "payments": "payments"}
"""By the kind of numbered rows the kind that has the same rows where they have no number."""
_SHOWN = 3
_SEVERAL = 2


def known_otherwise(
    bench: ImportWorkspace,
    rows: ir.Table,
    snapshot: Snapshot,
    kind: Kind,
    known_keys: KnownKeys,
    *,
    bare: bool,
) -> list[Notice]:
    """What is told of new rows whose customer, day and money are those of known ones.

    Numbered rows are compared with known ones without a number and, where some are `bare`, those
    with the lines of known orders. `tell` gives a notice, `new` is silent. Where half of the new
    numbered rows are known under other numbers, such as invoices of known orders, that is told.

    Raises:
        LedgerError: `rows-known-without-numbers`, `rows-known-as-lines`.
    """
    if kind.name not in _BARE or known_keys == "new":
        return []
    beside = {"order_lines"} if bare else set()
    if not any(map(snapshot.count, {kind.name, _BARE[kind.name]} | beside)):
        return []
    key, day = kind.key[0], str(kind.date_column)
    existing = snapshot.rows(bench.engine, kind.name)
    new = rows.anti_join(existing, key)
    own = new.filter(~new[key].startswith(OWN))
    base = snapshot.table(_BARE[kind.name]).kind
    bases = snapshot.rows(bench.engine, base.name)
    derived = bases.filter(bases[base.key[0]].startswith(OWN))
    theirs = sight(derived, base.key[0], day, snapshot.aliases)
    mine = sight(own, key, day, snapshot.aliases)
    told = _told(bench, mine, theirs, rows, derived, base.key[0])
    code = WITHOUT
    if not told and bare and kind.name == "orders":
        lines = snapshot.rows(bench.engine, "order_lines")
        theirs = sight(lines, key, day, snapshot.aliases)
        bare_ones = new.filter(new[key].startswith(OWN))
        mine = sight(bare_ones, key, day, snapshot.aliases)
        told = _told(bench, mine, theirs, rows, lines, key)
        code = AS_LINES
    if not told:
        return _under_other_numbers(bench, own, rows, existing, key, day, snapshot.aliases)
    if known_keys == "tell":
        return [Notice(code, told)]
    raise LedgerError(code, **told)


def _under_other_numbers(
    bench: ImportWorkspace,
    own: ir.Table,
    rows: ir.Table,
    existing: ir.Table,
    key: str,
    day: str,
    aliases: Aliases,
) -> list[Notice]:
    """A notice where half of the rows, at least two, are of customers, days and money of known rows
    with other numbers that are not in the file.
    """
    numbered = existing.filter(~existing[key].startswith(OWN))
    if not bench.count(numbered.limit(1)):
        return []
    mine = bench.note(sight(own.filter(own.amount != 0), key, day, aliases))
    count = bench.count(mine)
    if count < _SEVERAL:
        return []
    told = _told(bench, mine, sight(numbered, key, day, aliases), rows, numbered, key)
    if not told or told["rows"] < _SEVERAL or 2 * told["rows"] < count:
        return []
    return [Notice(OTHER_NUMBERS, told)]


def _told(
    bench: ImportWorkspace,
    mine: ir.Table,
    theirs: ir.Table,
    rows: ir.Table,
    existing: ir.Table,
    key: str,
) -> dict[str, Any]:
    """Rows and money of those that both have, one as an example, and the batches of the known.

    Known rows that `rows`, those of the file, have under their own ids are not meant.
    """
    if not bench.count(theirs.limit(1)):
        return {}
    mine = bench.note(mine)
    near = bench.note(theirs.semi_join(mine, WHAT))
    near = bench.note(near.anti_join(rows, near["_key"] == rows[key]))
    if not bench.count(near):
        return {}
    met = bench.note(pairs(mine, near, WHAT))
    total = bench.one(met.aggregate(rows=met.count(), money=met.amount.sum()))
    first = bench.one(mine.semi_join(met, "_line").order_by("_line").limit(1))
    known = bench.note(met.select(**{key: met["_known"]}).distinct())
    batches = existing.semi_join(known, key).select(BATCH_ID).distinct()
    names = batches.order_by(BATCH_ID).limit(_SHOWN).to_pyarrow()[BATCH_ID].to_pylist()
    return {
        "rows": int(total["rows"]),
        "money": money(cents_of(total["money"])),
        "customer": first["_customer"],
        "day": str(first["_day"]),
        "one": money(cents_of(first["amount"])),
        "batches": names,
    }
