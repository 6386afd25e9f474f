"""Opens the engine that computes. Only this package names a backend.

DuckDB is embedded and the default; Spark is chosen by `KEFEN_ENGINE=spark://host:port`
or `local[n]`. All else is written against Ibis.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kefen.engines.base import Engine
from kefen.engines.embedded import Embedded, copy_to_parquet, counts_in_parquet
from kefen.engines.programs import Program, Recording
from kefen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "Embedded",
    "Engine",
    "Program",
    "Recording",
    "copy_to_parquet",
    "counts_in_parquet",
    "embedded",
    "open_embedded",
    "open_engine",
]


def open_engine(spec: str | None = None) -> Engine:
    """Open the engine named by `spec`, else by `KEFEN_ENGINE`, else DuckDB.

    Raises:
        EngineError: `unknown-engine` for another name, `engine-missing` when its package is
            not installed, `engine-no-java` when Spark finds no Java, `engine-unreachable` when
            its master does not answer, `engine-other` when this process already uses Spark
            with another master, `bad-engine-setting` for a `KEFEN_SPARK` that cannot be read.
    """
    text = (spec or os.environ.get("KEFEN_ENGINE") or "duckdb").strip()
    if text == "duckdb":
        return Embedded()
    if text.startswith(("spark://", "local[")):
        return _cluster(text)
    raise EngineError("unknown-engine", value=text)


def open_embedded(memory: str | None = None, spill: Path | None = None) -> Embedded:
    """The engine inside this process, whatever computes elsewhere; the ledger writes with it.

    `memory` is its limit (such as `512MB`) unless `KEFEN_MEMORY` says otherwise; what does not
    fit goes to the folder `spill`.
    """
    return Embedded(memory, spill)


@contextmanager
def embedded(engine: Engine) -> Iterator[Embedded]:
    """An embedded engine: this one where it is one, else one of its own for the block."""
    if isinstance(engine, Embedded):
        yield engine
        return
    own = Embedded()
    try:
        yield own
    finally:
        own.close()


def _cluster(master: str) -> Engine:
    try:
        from kefen.engines.cluster import Cluster  # optional: the `spark` extra
    except ImportError:
        raise EngineError("engine-missing", value=master, extra="spark") from None
    return Cluster(master)
