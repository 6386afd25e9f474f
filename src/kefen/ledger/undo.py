"""Takes a batch back: what it wrote goes, and what stood before, or is said elsewhere, returns.

A row carries the batch it holds by. A later batch that brought the very same row left a note of
its key (`unchanged`). So taking a batch back leaves the ledger as if that file had never come:

- a row that a later standing batch also brought stays, now by that batch;
- else the row of the ledger's version before the batch returns, if its own batch stands, or a
  standing batch after that one brought it too; if neither, look before that batch in turn;
- else the row goes.

What a batch took out by its key returns in the same way, unless it has been said again since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kefen.deferred import _, ibis
from kefen.ledger import customers
from kefen.ledger.facts import BATCH_ID
from kefen.ledger.removal import removed
from kefen.ledger.snapshot import Snapshot
from kefen.ledger.tables import Change, patterns

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.records import Batch
    from kefen.ledger.versions import Versions


@dataclass
class Reversal:
    """The undoing of `batch` upon `snapshot`. `standing` are the other batches not undone."""

    bench: ImportWorkspace
    versions: Versions
    snapshot: Snapshot
    batch: Batch
    standing: list[Batch]
    claims: Path

    def changes(self) -> dict[str, Change]:
        """What undoing does, by kind."""
        found = {}
        if self.batch.kind != "customers" and (facts := self._facts()):
            found[self.batch.kind] = facts
        if mended := self._customers():
            found["customers"] = mended
        return found

    def _facts(self) -> Change | None:
        kind = self.batch.kind
        unit = self.snapshot.table(kind).kind.key[0]
        present = self.snapshot.rows(self.bench.engine, kind)
        found: list[ir.Table] = []
        if (gone := self._removed(self.batch.id, unit)) is not None:
            found = self._before(unit, self.bench.note(gone.anti_join(present, unit)))
        own = present.filter(present[BATCH_ID] == self.batch.id)
        keys = self.bench.note(own.select(unit).distinct())
        if not self.bench.count(keys):
            return self._returned(found, present, None) if found else None
        later = self._unchanged(unit, after=self.batch.version)
        heirs = self.bench.note(later.semi_join(keys, unit))
        kept = own.drop(BATCH_ID).inner_join(heirs, unit)
        left = self.bench.note(keys.anti_join(heirs, unit))
        return self._returned([*found, kept, *self._before(unit, left)], present, keys)

    def _returned(self, found: list[ir.Table], present: ir.Table, keys: ir.Table | None) -> Change:
        rows = ibis.union(*found) if len(found) > 1 else found[0]
        return Change(self.bench.keep(rows.select(present.columns)), keys)

    def _removed(self, batch_id: str, unit: str) -> ir.Table | None:
        return removed(self.bench.engine, self.claims, batch_id, unit)

    def _taken_out(self, unit: str, keys: ir.Table, version: int) -> dict[int, ir.Table]:
        """Keys that the version lacks only because a batch now undone took them out; by the
        versions before that.
        """
        standing = {batch.id for batch in self.standing}
        found: dict[int, ir.Table] = {}
        for batch in reversed(self.versions.batches(version)):
            if batch.kind != self.batch.kind or not batch.removed:
                continue
            if (gone := self._removed(batch.id, unit)) is not None:
                hit = self.bench.note(keys.semi_join(gone, unit))
                keys = self.bench.note(keys.anti_join(hit, unit))
                if batch.id not in standing and self.bench.count(hit):
                    found[batch.version - 1] = hit
        return found

    def _before(self, unit: str, keys: ir.Table) -> list[ir.Table]:
        """The rows of `keys` that hold when neither this nor any undone batch had come."""
        standing = {batch.id for batch in self.standing}
        versions = {batch.id: batch.version for batch in self.versions.batches(self._version)}
        found: list[ir.Table] = []
        pending = {self.batch.version - 1: keys}
        while pending:
            version = max(pending)
            keys = pending.pop(version)
            past = Snapshot(self.snapshot.folder, self.versions.read(version))
            rows = past.rows(self.bench.engine, self.batch.kind).semi_join(keys, unit)
            rows = self.bench.keep(rows)
            for earlier, left in self._taken_out(unit, keys.anti_join(rows, unit), version).items():
                pending[earlier] = self._joined(left, pending.get(earlier))
            found.append(rows.filter(rows[BATCH_ID].isin(standing)))
            for owner in self._owners(rows) - standing:
                mine = rows.filter(rows[BATCH_ID] == owner)
                others = self._unchanged(unit, after=versions[owner], until=version)
                heirs = self.bench.note(others.semi_join(mine, unit))
                found.append(mine.drop(BATCH_ID).inner_join(heirs, unit).select(rows.columns))
                left = mine.anti_join(heirs, unit).select(unit).distinct()
                earlier = versions[owner] - 1
                pending[earlier] = self._joined(left, pending.get(earlier))
        return found

    def _joined(self, keys: ir.Table, others: ir.Table | None) -> ir.Table:
        return self.bench.note(keys if others is None else keys.union(others))

    def _owners(self, rows: ir.Table) -> set[str]:
        return set(rows.select(BATCH_ID).distinct().to_pyarrow()[BATCH_ID].to_pylist())

    def _unchanged(self, unit: str, after: int, until: int | None = None) -> ir.Table:
        """Keys that standing batches of these versions brought unchanged, with the last such."""
        schema = ibis.schema({unit: "string", BATCH_ID: "string", "_seq": "int64"})
        files = [
            unchanged_file(self.claims, batch.id)
            for batch in self.standing
            if batch.kind == self.batch.kind
            and batch.version > after
            and (until is None or batch.version <= until)
        ]
        notes = self.bench.engine.read_parquet(
            patterns([file for file in files if file.exists()]), schema
        )
        return notes.group_by(unit).aggregate(batch_id=_.batch_id.argmax(_["_seq"]))

    def _customers(self) -> Change | None:
        own = customers_file(self.claims, self.batch.id)
        if not own.exists():
            return None
        engine = self.bench.engine
        keys = engine.read_parquet(patterns([own]), customers.claims_schema()).select("customer_id")
        files = [customers_file(self.claims, batch.id) for batch in self.standing]
        claims = engine.read_parquet(
            patterns([file for file in files if file.exists()]), customers.claims_schema()
        )
        folded = self.bench.keep(customers.fold(claims.semi_join(keys, "customer_id")))
        present = self.snapshot.rows(engine, "customers")
        columns = ["customer_id", *customers.COLUMNS]
        present = present.filter(present[BATCH_ID] != self.batch.id)
        as_is = folded.semi_join(present, [folded[n].identical_to(present[n]) for n in columns])
        as_is = self.bench.note(as_is.select("customer_id"))
        keys = self.bench.note(keys.anti_join(as_is, "customer_id"))
        if not self.bench.count(keys):
            return None
        return Change(folded.anti_join(as_is, "customer_id"), keys)

    @property
    def _version(self) -> int:
        return self.snapshot.manifest.version


def customers_file(claims: Path, batch_id: str) -> Path:
    """Where a batch keeps what it claims about customers."""
    return claims / f"{batch_id}.customers.parquet"


def unchanged_file(claims: Path, batch_id: str) -> Path:
    """Where a batch keeps the keys that it brought and the ledger had already."""
    return claims / f"{batch_id}.unchanged.parquet"
