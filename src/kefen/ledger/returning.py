"""Leaves out of an import the customers that were erased: nobody comes back unnoticed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kefen.ledger.reading.model import LINE, Notice
from kefen.storage import write_whole

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.erased import ErasureRegister
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.rejections import Rejections


def leave_out(
    bench: ImportWorkspace, rows: ir.Table, register: ErasureRegister, *, land: bool
) -> tuple[ir.Table, int, tuple[Notice, ...]]:
    """Rows without those of erased customers, how many went, and what is said about it.

    `land`: they stay, for the customer has come back of its own will.
    """
    if not register.path.exists():
        return rows, 0, ()
    ids = bench.engine.fetch(rows.select("customer_id").distinct())["customer_id"].to_pylist()
    erased = register.matching(name for name in ids if name)
    if not erased:
        return rows, 0, ()
    theirs = rows.customer_id.isin(sorted(erased))
    count = bench.count(rows.filter(theirs).select(LINE))
    data = {"rows": count, "customers": len({one.id for one in erased.values()})}
    if land:
        return rows, 0, (Notice("erased-landed", data),)
    return bench.keep(rows.filter(~theirs)), count, (Notice("erased-left-out", data),)


def forget_rejected(rejections: Rejections, register: ErasureRegister) -> None:
    """Keep no rejected rows of erased customers either."""
    if not (register.path.exists() and rejections.path.exists()):
        return
    lines = rejections.path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not register.matching(_cells(line))]
    if len(kept) < len(lines):
        write_whole(rejections.path, "".join(kept))


def _cells(line: str) -> list[str]:
    return [value for value in json.loads(line)["row"].values() if value]
