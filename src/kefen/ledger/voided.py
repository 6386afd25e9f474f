"""Invoices, payments and returns that the ledger has and a file now calls void: they go.

The import notes their numbers, so that undoing it brings them back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.ledger.customer_matching import prefixed
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.options import Landing
    from kefen.ledger.staging import Staged

_SHOWN = 3


def known_voided(
    bench: ImportWorkspace, staged: Staged, existing: ir.Table, landing: Landing
) -> tuple[ir.Table | None, int, list[Notice]]:
    """The numbers of known facts that the file calls void, their rows, and a notice of them.

    With `known_keys="new"` a number that comes again means another fact, so none goes.
    """
    numbers = staged.no_more(bench.engine) if landing.known_keys != "new" else None
    if numbers is None:
        return None, 0, []
    kind, unit = staged.kind, staged.kind.key[0]
    if landing.prefix:
        numbers = prefixed(numbers, kind, landing.prefix)
    rows = bench.keep(existing.semi_join(numbers, unit))
    found = bench.one(
        rows.aggregate(rows=rows.count(), number=rows[unit].min(), money=rows.amount.sum())
    )
    if not found["rows"]:
        return None, 0, []
    data = {
        "rows": found["rows"],
        "number": found["number"],
        "money": money(cents_of(found["money"])),
        **_labels(kind),
    }
    gone = bench.note(rows.select(unit).distinct())
    return gone, found["rows"], [Notice("known-now-void", data)]


def _labels(kind: Kind) -> dict[str, str]:
    return {"kind": kind.label["en"].lower(), "kind_zh": kind.label["zh"]}
