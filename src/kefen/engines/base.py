"""What Kefen asks of an engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.engines.statements import statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    import polars as pl
    import pyarrow as pa


class Engine(ABC):
    """A connection to one backend. Use one per thread: connections are not shared."""

    backend: Any
    con: Any
    """The connection of an embedded engine, for statements that nothing has to compile."""
    embedded = False
    """Whether it computes inside this process."""
    statements: Path | None = None
    """The folder of statements compiled before; see `kefen.engines.statement_files`."""

    @property
    def name(self) -> str:
        """`duckdb` or `pyspark`."""
        return str(self.backend.name)

    def sql(self, expr: ir.Table) -> str:
        """The statement of an expression."""
        return statement(self.backend, expr, self.statements)

    @abstractmethod
    def read_parquet(self, uris: Sequence[str], schema: ibis.Schema) -> ir.Table:
        """The rows of these Parquet files, columns cast and ordered as in `schema`.

        A folder that `write_parquet` made stands for the files in it. Characters that would
        match other files are escaped, as by `glob.escape`.
        """

    @abstractmethod
    def empty(self, schema: ibis.Schema) -> ir.Table:
        """A table of this schema without rows, on this connection as any other."""

    def small_table(self, rows: Sequence[tuple[Any, ...]], schema: ibis.Schema) -> ir.Table:
        """A table of a few rows, for the life of the connection."""
        import pyarrow as pa  # a tenth of a second that the embedded engine saves

        named = [dict(zip(schema, row, strict=True)) for row in rows]
        return ibis.memtable(pa.Table.from_pylist(named, schema.to_pyarrow()), schema=schema)

    def lend(self, rows: pl.DataFrame, schema: ibis.Schema) -> ir.Table:
        """The rows of a frame, which must not change, with the columns of `schema`."""
        return shaped(ibis.memtable(rows.to_arrow()), schema)

    @abstractmethod
    def materialise(self, expr: ir.Table, name: str | None = None) -> ir.Table:
        """Compute `expr` once and keep it for this connection's life."""

    @abstractmethod
    def drop(self, table: ir.Table) -> None:
        """Let go of a table that `materialise` kept."""

    @abstractmethod
    def fetch(self, expr: ir.Table) -> pa.Table:
        """The rows of a result that fits in memory."""

    def frame(self, expr: ir.Table) -> pl.DataFrame:
        """The rows of a result that fits in memory, as a frame."""
        import polars as pl  # what only reads results may do without

        return pl.DataFrame(self.fetch(expr))

    def batches(self, expr: ir.Table, most: int) -> Iterator[pa.Table]:
        """The rows of a result, at most so many at once, in any order.

        Nothing else may be asked of the engine before the last.
        """
        rows = self.fetch(expr)
        for first in range(0, rows.num_rows, most):
            yield rows.slice(first, most)

    def rows(self, expr: ir.Table) -> list[dict[str, Any]]:
        """The rows of a small result, with Python's own numbers, texts and dates."""
        found: list[dict[str, Any]] = self.fetch(expr).to_pylist()
        return found

    @abstractmethod
    def map_batches(
        self, expr: ir.Table, function: Callable[[pa.RecordBatch], pa.RecordBatch], schema: Any
    ) -> ir.Table:
        """What `function` makes of the rows of `expr`, batch by batch, kept as a table of `schema`.

        For what no expression says, such as a fitted model.
        """

    @abstractmethod
    def write_parquet(self, expr: ir.Table, path: str | Path, row_group: int | None = None) -> None:
        """Compute `expr` into one Parquet file, or a folder of several that many machines wrote.

        Rows stand in order of the files' names. A half-written result never takes the name.
        `row_group`: so many rows of a group, where the engine can say so.
        """

    @abstractmethod
    def close(self) -> None:
        """Give the connection back."""


def shaped(table: ir.Table, schema: ibis.Schema) -> ir.Table:
    """The table with the columns of `schema`, cast; those it lacks are null."""
    have = table.schema()
    if have == schema:
        return table
    return table.select(
        **{
            name: table[name].cast(kind) if name in have else ibis.null(kind)
            for name, kind in schema.items()
        }
    )
