"""Sets an import against what the ledger holds: new, the same, or a correction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kefen.deferred import _
from kefen.ledger.import_workspace import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from kefen.ledger.import_workspace import ImportWorkspace


@dataclass(frozen=True)
class Compared:
    """Rows to write, keys whose present rows go, keys that stay as they are; and rows of each."""

    rows: ir.Table
    drop: ir.Table | None
    same: ir.Table | None
    added: int
    replaced: int
    unchanged: int


def against(
    bench: ImportWorkspace,
    rows: ir.Table,
    existing: ir.Table,
    unit: str,
    content: Mapping[str, Any],
    total: int,
) -> Compared:
    """Compare by `unit`: the key of a row, or the order of a line. An order is one thing: with
    any line other, more or fewer, all its lines are replaced.
    """
    if not total or not bench.count(existing.limit(1)):
        return Compared(rows, None, None, total, 0, 0)
    met = met_by(bench, rows, existing, unit, content)
    counted = bench.one(
        met.aggregate(
            units=met.count(),
            same=met["_lines"].sum(where=met["_same"]).fill_null(0),
            other=met["_lines"].sum(where=~met["_same"]).fill_null(0),
        )
    )
    if not counted["units"]:
        return Compared(rows, None, None, total, 0, 0)
    unchanged, replaced = int(counted["same"]), int(counted["other"])
    same = met.filter(met["_same"]).select(unit) if unchanged else None
    drop = met.filter(~met["_same"]).select(unit) if replaced else None
    fresh = rows if same is None else rows.anti_join(same, unit)
    return Compared(fresh, drop, same, total - unchanged - replaced, replaced, unchanged)


def met_by(
    bench: ImportWorkspace,
    rows: ir.Table,
    existing: ir.Table,
    unit: str,
    content: Mapping[str, Any],
) -> ir.Table:
    """The units that both have: `_lines` of the import, `_same` whether they say the same."""
    incoming = _prints(rows, unit, content)
    stored = _prints(existing.semi_join(rows.select(unit), unit), unit, content)
    return bench.note(
        incoming.inner_join(stored.select(unit, _was=_["_print"]), unit).select(
            unit, "_lines", _same=_["_print"] == _["_was"]
        )
    )


def _prints(rows: ir.Table, unit: str, content: Mapping[str, Any]) -> ir.Table:
    hashed = rows.select(_[unit], _print=fingerprint(rows, content))
    return hashed.group_by(unit).aggregate(_print=_["_print"].sum(), _lines=_.count())
