"""Queries that are asked again and again: compiled once, then only carried out.

Making statements of expressions takes longer than a small query itself. `Recording` stands before
the embedded engine while expressions over named tables are computed for the first time, and keeps
each statement. The `Program` does the same again on whatever those tables hold then.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.engines.base import Engine
from kefen.engines.embedded import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir
    import pyarrow as pa

    from kefen.engines.embedded import Embedded

_STEP: Final = "step_"


@dataclass(frozen=True)
class Files:
    """A step that has a name stand for the rows of files."""

    name: str
    uris: Sequence[str]
    schema: ibis.Schema


@dataclass(frozen=True)
class Program:
    """Statements that make tables, and those that give results, with the types of their columns."""

    steps: Sequence[str | Files]
    results: Sequence[tuple[str, Any]]

    def is_readable(self) -> bool:
        """Whether the files it reads are there."""
        files = (uri for step in self.steps if isinstance(step, Files) for uri in step.uris)
        return all(Path(plain(uri)).exists() for uri in files)

    def run(self, engine: Embedded) -> list[pa.Table]:
        """Carry it out: a table for each result."""
        for step in self.steps:
            if isinstance(step, Files):
                engine.name_files(step.name, step.uris, step.schema)
            else:
                engine.backend.raw_sql(step)
        return [engine.rows_of(query).cast(schema) for query, schema in self.results]


class Recording(Engine):
    """Computes on an embedded engine, and keeps the statements.

    Attributes:
        repeatable: whether nothing has depended on what the tables hold.
    """

    embedded = True

    def __init__(self, engine: Embedded) -> None:
        self._engine = engine
        self.backend = engine.backend
        self.statements = engine.statements
        self.repeatable = True
        self._steps: list[str | Files] = []

    def temporary(self, name: str) -> ir.Table:
        """A temporary table by its name."""
        return self._engine.temporary(name)

    def record(self, tables: Sequence[ir.Table]) -> tuple[Program, list[pa.Table]]:
        """The program whose results these tables are, and the results."""
        schemas = [table.schema().to_pyarrow() for table in tables]
        queries = [self._compiled(table) for table in tables]
        program = Program(tuple(self._steps), tuple(zip(queries, schemas, strict=True)))
        rows = [
            self._engine.rows_of(query).cast(schema)
            for query, schema in zip(queries, schemas, strict=True)
        ]
        return program, rows

    def read_parquet(self, uris: Sequence[str], schema: ibis.Schema) -> ir.Table:
        """The rows of these Parquet files."""
        name = self._next()
        self._engine.name_files(name, uris, schema)
        self._steps.append(Files(name, tuple(uris), schema))
        return self.backend.table(name)

    def empty(self, schema: ibis.Schema) -> ir.Table:
        """A table of this schema without rows."""
        return self.read_parquet((), schema)

    def materialise(self, expr: ir.Table, name: str | None = None) -> ir.Table:
        """Compute `expr` into a temporary table, in the place of the one of before."""
        name = name or self._next()
        statement = f"CREATE OR REPLACE TEMP TABLE {name} AS {self._compiled(expr)}"
        self.backend.raw_sql(statement)
        self._steps.append(statement)
        return self._engine.temporary(name)

    def drop(self, table: ir.Table) -> None:
        """Leave it: it is small, and the next time replaces it."""

    def fetch(self, expr: ir.Table) -> pa.Table:
        """The rows of a result; what comes after may depend on them."""
        self.repeatable = False
        return self._engine.fetch(expr)

    def map_batches(
        self, expr: ir.Table, function: Callable[[pa.RecordBatch], pa.RecordBatch], schema: Any
    ) -> ir.Table:
        """What `function` makes of the rows."""
        self.repeatable = False
        return self._engine.map_batches(expr, function, schema)

    def write_parquet(self, expr: ir.Table, path: str | Path, row_group: int | None = None) -> None:
        """Compute `expr` into one Parquet file."""
        self.repeatable = False
        self._engine.write_parquet(expr, path, row_group)

    def close(self) -> None:
        """The engine itself is closed by who opened it."""

    def _next(self) -> str:
        return f"{_STEP}{len(self._steps)}"

    def _compiled(self, expr: ir.Table) -> str:
        if expr.op().find(ibis.expr.operations.InMemoryTable):
            self.repeatable = False
        return self.sql(expr)
