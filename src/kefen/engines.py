"""Opens the engine that computes. The only file that names a backend.

DuckDB is embedded and the default; Spark is chosen by `KEFEN_ENGINE=spark://host:port`
or `local[n]`. All else is written against Ibis.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from kefen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.backends import BaseBackend


class Engine:
    """A connection to one backend. Use one per thread: connections are not shared."""

    def __init__(self, backend: BaseBackend) -> None:
        self.backend: Any = backend

    @property
    def name(self) -> str:
        """`duckdb` or `pyspark`."""
        return str(self.backend.name)

    def read_parquet(self, uris: Sequence[str], schema: ibis.Schema) -> ir.Table:
        """The rows of these Parquet files, columns cast and ordered as in `schema`."""
        if not uris:
            return self.empty(schema)
        table: ir.Table = self.backend.read_parquet(list(uris))
        have = table.schema()
        if have == schema:
            return table
        columns = {
            name: table[name].cast(kind) if name in have else ibis.null(kind)
            for name, kind in schema.items()
        }
        return table.select(**columns)

    def empty(self, schema: ibis.Schema) -> ir.Table:
        """A table of this schema without rows, on this connection as any other."""
        if self.name == "duckdb":
            # Ibis computes what belongs to no connection on one that all threads share.
            label = ibis.util.gen_name("kefen_empty")
            table: ir.Table = self.backend.create_table(label, schema=schema, temp=True)
            return table if table.schema() == schema else table.cast(schema)
        return ibis.memtable(schema.to_pyarrow().empty_table(), schema=schema)

    def materialise(self, expr: ir.Table, name: str | None = None) -> ir.Table:
        """Compute `expr` once and keep it for this connection's life."""
        label = name or ibis.util.gen_name("kefen")
        return self.backend.create_table(label, expr, temp=True)

    def drop(self, table: ir.Table) -> None:
        """Let go of a table that `materialise` kept."""
        kind = "VIEW" if self.name == "pyspark" else "TABLE"
        # Ibis 12 builds this statement in a way that sqlglot 30 prints without the name.
        self.backend.raw_sql(f"DROP {kind} IF EXISTS {table.op().name}")

    def fetch(self, expr: ir.Table) -> pa.Table:
        """The rows of a result that fits in memory."""
        if self.name != "duckdb":
            return self.backend.to_pyarrow(expr)
        # What `to_pyarrow` does, without the third of a second it takes to load pandas.
        rows = self.backend._to_duckdb_relation(expr).to_arrow_table()  # noqa: SLF001
        return rows.cast(expr.schema().to_pyarrow())

    def write_parquet(self, expr: ir.Table, path: str | Path) -> None:
        """Compute `expr` into one Parquet file; a half-written file never takes the name."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.part")
        self.backend.to_parquet(expr, draft)
        draft.replace(target)

    def close(self) -> None:
        """Give the connection back."""
        self.backend.disconnect()


def open_engine(spec: str | None = None) -> Engine:
    """Open the engine named by `spec`, else by `KEFEN_ENGINE`, else DuckDB.

    Raises:
        EngineError: `unknown-engine` for another name, `engine-missing` when its package is
            not installed.
    """
    text = (spec or os.environ.get("KEFEN_ENGINE") or "duckdb").strip()
    if text == "duckdb":
        return Engine(_duckdb())
    if text.startswith(("spark://", "local[")):
        return Engine(_spark(text))
    raise EngineError("unknown-engine", value=text)


def open_embedded(memory: str | None = None, spill: Path | None = None) -> Engine:
    """The engine inside this process, whatever computes elsewhere; the ledger writes with it.

    `memory` is its limit (such as `512MB`) unless `KEFEN_MEMORY` says otherwise; what does not
    fit goes to the folder `spill`.
    """
    return Engine(_duckdb(memory, spill))


def _duckdb(memory: str | None = None, spill: Path | None = None) -> BaseBackend:
    settings: dict[str, Any] = {
        "preserve_insertion_order": False,
        "temp_directory": str(spill or Path(tempfile.gettempdir()) / "kefen-spill"),
    }
    if memory := os.environ.get("KEFEN_MEMORY") or memory:
        settings["memory_limit"] = memory
    if threads := os.environ.get("KEFEN_THREADS"):
        settings["threads"] = int(threads)
    return ibis.duckdb.connect(**settings)


def _spark(master: str) -> BaseBackend:
    try:
        from pyspark.sql import SparkSession  # optional: the `spark` extra
    except ImportError:
        raise EngineError("engine-missing", value=master, extra="spark") from None
    session = (
        SparkSession.builder.master(master)
        .appName("kefen")
        .config("spark.sql.session.timeZone", os.environ.get("KEFEN_TIMEZONE", "Asia/Shanghai"))
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    return ibis.pyspark.connect(session)
