"""DuckDB: the engine inside this process."""

from __future__ import annotations

import glob
import hashlib
import os
import tempfile
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kefen import collector, variables
from kefen.deferred import ibis
from kefen.engines.base import Engine
from kefen.engines.compilers import import_for_duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import ibis.expr.types as ir
    import polars as pl
    import pyarrow as pa

_BATCH = 100_000
_STREAMED = 10_000
_ROW_GROUP = 32_768
"""Rows of a group in a file: whoever looks up one row reads that many."""


class Embedded(Engine):
    """A DuckDB of its own, in memory; what does not fit goes to the folder `spill`."""

    embedded = True

    def __init__(self, memory: str | None = None, spill: Path | None = None) -> None:
        self._small: dict[str, ir.Table] = {}
        settings: dict[str, Any] = {
            "preserve_insertion_order": False,
            "temp_directory": str(spill or Path(tempfile.gettempdir()) / "kefen-spill"),
        }
        if memory := variables.memory() or memory:
            settings["memory_limit"] = memory
        if threads := variables.threads():
            settings["threads"] = threads
        import duckdb  # what only reads results starts without it

        self.con = duckdb.connect(config=settings)
        # As Ibis has its connections: no time zone of the machine, no variables of Python.
        self.con.execute("SET timezone = 'UTC'; SET python_enable_replacements = false")

    @property
    def name(self) -> str:
        """`duckdb`."""
        return "duckdb"

    @cached_property
    def backend(self) -> Any:
        """The connection as Ibis has it, which an import of a file may do without."""
        with collector.paused():  # the first time imports Ibis
            import_for_duckdb()
            return ibis.duckdb.from_connection(self.con)

    def read_parquet(self, uris: Sequence[str], schema: ibis.Schema) -> ir.Table:
        """The rows of these Parquet files, columns cast and ordered as in `schema`."""
        if not uris:
            return self.empty(schema)
        name = ibis.util.gen_name("kefen_files")
        self.name_files(name, uris, schema)
        return self._known(name, schema)

    def empty(self, schema: ibis.Schema) -> ir.Table:
        """A table of this schema without rows."""
        # Ibis computes what belongs to no connection on one that all threads share.
        return self._created(ibis.util.gen_name("kefen_empty"), schema)

    def small_table(self, rows: Sequence[tuple[Any, ...]], schema: ibis.Schema) -> ir.Table:
        """A table of a few rows, without loading Arrow for them."""
        content = repr((rows, sorted(schema.items())))
        digest = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
        name = f"ibis_kefen_rows_{digest}"
        if name not in self._small:
            table = self._created(name, schema)
            marks = ", ".join("?" for _ in schema)
            insert = f"INSERT INTO {name} VALUES ({marks})"  # noqa: S608  # a name made above
            for row in rows:
                self.backend.con.execute(insert, row)
            self._small[name] = table
        return self._small[name]

    def lend(self, rows: pl.DataFrame, schema: ibis.Schema) -> ir.Table:
        """The rows of a frame, read where they are, with the columns of `schema`."""
        name = ibis.util.gen_name("kefen_lent")
        self.backend.con.register(f"{name}_frame", _Lent(rows))
        query = f"SELECT {_columns(schema, rows.columns)} FROM {name}_frame"  # noqa: S608  # names of ours
        self.backend.raw_sql(f"CREATE TEMP VIEW {name} AS {query}")
        return self._known(name, schema)

    def materialise(self, expr: ir.Table, name: str | None = None) -> ir.Table:
        """Compute `expr` into a temporary table."""
        query = self.sql(expr)
        table = self._created(name or ibis.util.gen_name("kefen"), expr.schema())
        self.backend.raw_sql(f"INSERT INTO {_quoted(table.op().name)} {query}")
        return table

    def _created(self, name: str, schema: ibis.Schema) -> ir.Table:
        """A temporary table without rows."""
        columns = ", ".join(f"{_quoted(c)} {_kind(kind)}" for c, kind in schema.items())
        self.backend.raw_sql(f"CREATE TEMP TABLE {_quoted(name)} ({columns})")
        return self._known(name, schema)

    def _known(self, name: str, schema: ibis.Schema) -> ir.Table:
        """A temporary table or view whose columns Ibis need not ask for."""
        place = ibis.expr.operations.Namespace(catalog="temp", database="main")
        table: ir.Table = ibis.expr.operations.DatabaseTable(
            name, schema=schema, source=self.backend, namespace=place
        ).to_expr()
        return table

    def drop(self, table: ir.Table) -> None:
        """Drop a temporary table."""
        # Ibis 12 builds this statement in a way that sqlglot 30 prints without the name.
        self.backend.raw_sql(f"DROP TABLE IF EXISTS {_quoted(table.op().name)}")

    def fetch(self, expr: ir.Table) -> pa.Table:
        """The rows of a result that fits in memory."""
        # What `to_pyarrow` does, without the third of a second it takes to load pandas.
        rows = self.rows_of(self.sql(expr))
        return rows.cast(expr.schema().to_pyarrow())

    def frame(self, expr: ir.Table) -> pl.DataFrame:
        """The rows of a result that fits in memory, as a frame, without loading Arrow for them."""
        import polars as pl  # what only reads results may do without

        types = dict(expr.schema().to_polars())
        found = pl.DataFrame(self.backend.con.sql(self.sql(expr)))
        return found.select(pl.col(name).cast(to) for name, to in types.items())

    def batches(self, expr: ir.Table, most: int) -> Iterator[pa.Table]:
        """The rows of a result, at most so many at once, computed as they are asked for."""
        import pyarrow as pa  # a tenth of a second that only large results need

        schema = expr.schema().to_pyarrow()
        for batch in self.backend.con.sql(self.sql(expr)).to_arrow_reader(most):
            yield pa.Table.from_batches([batch]).cast(schema)

    def rows(self, expr: ir.Table) -> list[dict[str, Any]]:
        """The rows of a small result, without loading Arrow and NumPy for them."""
        found = self.backend.con.sql(self.sql(expr))
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    def stream(self, expr: ir.Table) -> Iterator[dict[str, Any]]:
        """Each row of a result as of `rows`, some thousand computed at once.

        Nothing else may be asked of the engine before the last.
        """
        found = self.backend.con.execute(self.sql(expr))
        names = [column for column, *_ in found.description]
        while some := found.fetchmany(_STREAMED):
            yield from (dict(zip(names, row, strict=True)) for row in some)

    def map_batches(
        self, expr: ir.Table, function: Callable[[pa.RecordBatch], pa.RecordBatch], schema: Any
    ) -> ir.Table:
        """What `function` makes of the rows, batch by batch, in a temporary table."""
        import pyarrow as pa  # a tenth of a second that only models need

        relation = self.backend.con.sql(self.sql(expr))
        batches = [function(batch) for batch in relation.to_arrow_reader(_BATCH)]
        rows = pa.Table.from_batches(batches, schema.to_pyarrow())
        return self.materialise(ibis.memtable(rows, schema=schema))

    def write_parquet(self, expr: ir.Table, path: str | Path, row_group: int | None = None) -> None:
        """Compute `expr` into one Parquet file; a half-written file never takes the name."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.part")
        copy_to_parquet(self, expr, draft, row_group_size=row_group or _ROW_GROUP)
        draft.replace(target)

    def look_up(self, most: int) -> None:
        """Have joins with at most so many rows pass over the parts of files without any of them.

        What says which parts there are is read once for each file.
        """
        self.backend.raw_sql("SET parquet_metadata_cache = true")
        self.backend.raw_sql(f"SET dynamic_or_filter_threshold = {most:d}")

    def name_files(self, name: str, uris: Sequence[str], schema: ibis.Schema) -> None:
        """Have `name` stand for the rows of these Parquet files, as `read_parquet` gives them."""
        if not uris:
            self.backend.raw_sql(
                f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {_columns(schema, ())} WHERE false"
            )
            return
        rows = self.backend.con.read_parquet([_file_pattern(uri) for uri in uris])
        query = rows.project(_columns(schema, rows.columns)).sql_query()
        self.backend.raw_sql(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")

    def put(self, name: str, rows: pa.Table) -> None:
        """Have a temporary table of this name hold these rows."""
        con = self.backend.con
        con.register("_given", rows)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM _given")
        con.unregister("_given")

    def temporary(self, name: str) -> ir.Table:
        """A temporary table by its name."""
        return self.backend.table(name, database=("temp", "main"))

    def hash_remainders(self, texts: pl.Series, divisor: int) -> pl.Series:
        """What is left of the hash of each text, as Ibis has it, divided by a number."""
        import polars as pl  # see `frame`

        numbers = pl.int_range(len(texts), dtype=pl.Int32, eager=True)
        self.con.register("_texts", _Lent(pl.DataFrame({"place": numbers, "text": texts})))
        rest = f"CAST(CAST(CAST(hash(text) AS BIT) AS BIGINT) % {divisor:d} AS INT)"
        query = f"SELECT place, {rest} AS rest FROM _texts"  # noqa: S608  # a number
        found = pl.DataFrame(self.con.sql(query))
        self.con.unregister("_texts")
        return found.sort("place")["rest"]

    def rows_of(self, query: str) -> pa.Table:
        """The rows of a statement that was compiled before."""
        return self.backend.con.sql(query).to_arrow_table()

    def close(self) -> None:
        """Close the DuckDB."""
        self.con.close()


class _Lent:
    """A frame as DuckDB reads it without loading Arrow: it would for a frame of Polars itself."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """All of its rows, once more each time that they are asked for."""
        return self._rows.__arrow_c_stream__(requested_schema)


def copy_to_parquet(
    engine: Engine, expr: ir.Table, path: Path, schema: ibis.Schema | None = None, **options: Any
) -> None:
    """Compute `expr` into a Parquet file, or a folder of them, as DuckDB's options say.

    With a `schema` its columns are written, those that `expr` lacks empty, in the order of `expr`:
    where that sorts, it sorts no empty columns.
    """
    said = "".join(f", {name} {value!r}" for name, value in options.items())
    query = engine.sql(expr)
    if schema is not None:
        query = f"FROM ({query}) SELECT {_columns(schema, expr.columns)}"
    engine.backend.raw_sql(f"COPY ({query}) TO {_literal(str(path))} (FORMAT parquet{said})")


def counts_in_parquet(engine: Engine, path: Path, column: str) -> tuple[int, int]:
    """The rows of a Parquet file and how many of them have no value in a column, as it says."""
    file = _literal(str(path))
    query = f"""
        SELECT (SELECT sum(num_rows) FROM parquet_file_metadata({file})),
          (SELECT sum(stats_null_count) FROM parquet_metadata({file}) WHERE path_in_schema = ?)
    """  # noqa: S608  # a name of ours
    # All of it: what is not fetched to its end keeps the connection from other work.
    [(rows, nulls)] = engine.con.execute(query, [column]).fetchall()
    return int(rows or 0), int(nulls or 0)


def _columns(schema: ibis.Schema, have: Collection[str]) -> str:
    """What selects the columns of `schema`: those that are there as declared, the others empty."""
    return ", ".join(
        f"CAST({_quoted(name) if name in have else 'NULL'} AS {_kind(kind)}) AS {_quoted(name)}"
        for name, kind in schema.items()
    )


@cache
def _kind(kind: Any) -> str:
    """A type as DuckDB writes it."""
    import_for_duckdb()  # what only reads results starts without it
    from ibis.backends.sql.datatypes import DuckDBType

    return str(DuckDBType.to_string(kind))


def _quoted(name: str) -> str:
    """A name as DuckDB reads it."""
    return '"{}"'.format(name.replace('"', '""'))


def _literal(text: str) -> str:
    """A text as DuckDB reads it."""
    return "'{}'".format(text.replace("'", "''"))


def _file_pattern(uri: str) -> str:
    """What matches the file, or the files of the folder."""
    if uri.endswith(".parquet") and os.path.isdir(plain(uri)):  # noqa: PTH112  # many, and often
        return f"{uri}/*.parquet"
    return uri


def plain(uri: str) -> str:
    """The path that `glob.escape` was given."""
    for special in "*?[":
        uri = uri.replace(glob.escape(special), special)
    return uri
