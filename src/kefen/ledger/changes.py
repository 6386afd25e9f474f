"""What is not the same in two versions of the ledger, from nothing but the files they differ in.

A batch says one thing of a key: so a customer's rows under one key and batch are the same in both
versions when they are as many. Files are never changed, only added and replaced; what both
versions have needs no look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from kefen.deferred import ibis
from kefen.ledger.aliases import CUSTOMERS, KEY, NONE
from kefen.ledger.facts import BATCH_ID
from kefen.ledger.tables import patterns

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger.aliases import Aliases
    from kefen.ledger.snapshot import Snapshot
    from kefen.ledger.tables import FactTable


@dataclass(frozen=True)
class Difference:
    """The files of a kind that one version has and the other has not.

    Attributes:
        table: the kind's table.
        gone: files of the first version alone.
        come: files of the second version alone.
        rows: how many rows all these files hold, and customers that are read as others now.
        aliases: under which codes the second version is read.
        moved: the customers whose facts are others by the aliases of the two.
    """

    table: FactTable
    gone: tuple[Path, ...]
    come: tuple[Path, ...]
    rows: int
    aliases: Aliases = NONE
    moved: frozenset[str] = frozenset()

    def keys(self, engine: Engine) -> ir.Table:
        """`customer_id` and key (for customers only the id) of all that is not the same."""
        kind = self.table.kind
        shown = list(dict.fromkeys([kind.customer_column, kind.key[0]]))
        found = self.aliases.applied(self._differing(engine, shown)).distinct()
        if self.moved and shown == [KEY]:
            moved = pl.DataFrame({KEY: sorted(self.moved)}, {KEY: pl.String})
            found = found.union(ibis.memtable(moved.to_arrow()), distinct=True)
        return found

    def rewritten(self, engine: Engine) -> ir.Table:
        """`customer_id` of whoever anything is told of otherwise, or by one version alone."""
        come, gone = (self._rows(engine, files) for files in (self.come, self.gone))
        rows = ibis.union(come.difference(gone), gone.difference(come))
        return self.aliases.applied(rows.select(self.table.kind.customer_column)).distinct()

    def _differing(self, engine: Engine, shown: list[str]) -> ir.Table:
        kind = self.table.kind
        come = self._rows(engine, self.come)
        if not self.gone:
            return come.select(shown).distinct()
        compared = shown if kind.name == "customers" else [*shown, BATCH_ID]
        sides = [
            rows.select(*compared, side=ibis.literal(side, "int64"))
            for rows, side in ((come, 1), (self._rows(engine, self.gone), -1))
        ]
        counted = ibis.union(*sides).group_by(compared).aggregate(more=ibis._.side.sum())
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
    moved = first.aliases.differing(second.aliases) if kind == CUSTOMERS else set()
    return Difference(
        table, tuple(gone), tuple(come), rows + len(moved), second.aliases, frozenset(moved)
    )
