"""Where an import is worked out: an engine of its own and a folder for what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.engines import open_embedded
from kefen.ledger.tables import patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import ibis.expr.types as ir
    import polars as pl

MEMORY = "512MB"


class ImportWorkspace:
    """An embedded engine with a memory limit, spilling into the staging folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = open_embedded(MEMORY, folder / "spill")

    def keep(self, rows: ir.Table) -> ir.Table:
        """Compute wide rows once, on disk."""
        path = self.folder / f"{ibis.util.gen_name('kept')}.parquet"
        self.engine.write_parquet(rows, path)
        return self.engine.read_parquet(patterns([path]), rows.schema())

    def note(self, rows: ir.Table) -> ir.Table:
        """Compute a few narrow rows once, in the engine."""
        return self.engine.materialise(rows)

    def few(self, rows: ir.Table) -> list[dict[str, Any]]:
        """The rows of a small result."""
        return self.engine.rows(rows)

    def frame(self, rows: ir.Table | None) -> pl.DataFrame | None:
        """The rows of a result that fits in memory, if there is one."""
        return None if rows is None else self.engine.frame(rows)

    def one(self, rows: ir.Table) -> dict[str, Any]:
        """The only row of `rows`."""
        return self.few(rows)[0]

    def stream(self, rows: ir.Table) -> Iterator[dict[str, Any]]:
        """Each row in turn, however many; nothing else may be asked of the engine meanwhile."""
        return self.engine.stream(rows)

    def count(self, rows: ir.Table) -> int:
        """How many rows there are."""
        return int(self.one(rows.aggregate(n=rows.count()))["n"])

    def close(self) -> None:
        """Give the engine back."""
        self.engine.close()


def fingerprint(rows: ir.Table, columns: Mapping[str, Any]) -> ir.IntegerValue:
    """A 64-bit hash of these columns (name to type), comparable within one engine only.

    A column that the rows lack counts as empty.
    """
    values = {
        name: rows[name] if name in rows.columns else ibis.null(type_)
        for name, type_ in columns.items()
    }
    hashed: ir.IntegerValue = ibis.struct(values).hash()
    return hashed
