"""What is not the same in two versions of the ledger, from nothing but the files they differ in.

A batch says one thing of a key: so a customer's rows under one key and batch are the same in both
versions when they are as many. Files are never changed, only added and replaced; what both
versions have needs no look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
from ibis import _

from kefen.ledger.facts import BATCH_ID
from kefen.ledger.tables import patterns

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger.snapshot import Snapshot
    from kefen.ledger.tables import FactTable


@dataclass(frozen=True)
class Difference:
    """The files of a kind that one version has and the other has not.

    Attributes:
        table: the kind's table.
        gone: files of the first version alone.
        come: files of the second version alone.
        rows: how many rows all these files hold.
    """

    table: FactTable
    gone: tuple[Path, ...]
    come: tuple[Path, ...]
    rows: int

    def keys(self, engine: Engine) -> ir.Table:
        """`customer_id` and key (for customers only the id) of all that is not the same."""
        kind = self.table.kind
        shown = list(dict.fromkeys([kind.customer_column, kind.key[0]]))
        come = self._rows(engine, self.come)
        if not self.gone:
            return come.select(shown).distinct()
        compared = shown if kind.name == "customers" else [*shown, BATCH_ID]
        sides = [
            rows.select(*compared, side=ibis.literal(side, "int64"))
            for rows, side in ((come, 1), (self._rows(engine, self.gone), -1))
        ]
        counted = ibis.union(*sides).group_by(compared).aggregate(more=_.side.sum())
        return counted.filter(counted.more != 0).select(shown).distinct()

    def _rows(self, engine: Engine, files: tuple[Path, ...]) -> ir.Table:
        return engine.read_parquet(patterns(list(files)), self.table.kind.stored_schema())


def difference(first: Snapshot, second: Snapshot, kind: str) -> Difference:
    """The files of `kind` in which two versions differ."""
    table = first.table(kind)
    before, after = (table.sizes(one.delta_version(kind)) for one in (first, second))
    gone = sorted(before.keys() - after.keys())
    come = sorted(after.keys() - before.keys())
    rows = sum(before[file] for file in gone) + sum(after[file] for file in come)
    return Difference(table, tuple(gone), tuple(come), rows)
