"""Spark: the engine for more than one machine holds.

A process has one Spark application, shared by its engines; each engine is a session of its own.
The application begins with the first engine and ends with the last, so that the cores of a
cluster are free between two pieces of work. One that somebody else began is used and left.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import ibis
from pyspark import SparkConf, SparkContext, StorageLevel
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from kefen.engines.base import Engine, shaped
from kefen.engines.dialect import Backend, spark_schema
from kefen.engines.embedded import plain
from kefen.engines.extent import Extent
from kefen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir
    import pyarrow as pa
    from pyspark.sql import DataFrame

_APPLICATION: Final = {
    "spark.app.name": "kefen",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",
}
"""How the application is begun, unless `KEFEN_SPARK` says otherwise."""

_LOCAL: Final = {"spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"}
"""In this machine alone there is little data: translating Java for speed takes longer than it."""

_SESSION: Final = {
    # Dates are days in the business's zone already; nothing may shift them.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
"""What answers depend on: the same in every session."""

_SECONDS = 5.0


class Cluster(Engine):
    """A session on the Spark of `master`: `spark://host:port`, or `local[n]` in this machine."""

    def __init__(self, master: str) -> None:
        self._session: Any = _APPLICATIONS.open(master)
        for name, value in _SESSION.items():
            self._session.conf.set(name, value)
        self._extent = Extent(self._session, _settings())
        self.backend = Backend()
        self.backend.do_connect(self._session)
        self._kept: dict[str, DataFrame] = {}

    def read_parquet(self, uris: Sequence[str], schema: ibis.Schema) -> ir.Table:
        """The rows of these Parquet files, columns cast and ordered as in `schema`."""
        if not uris:
            return self.empty(schema)
        # Every machine has the files at the same place, whatever storage the cluster prefers.
        paths = [f"file:{plain(str(uri))}" for uri in uris]
        reader = self._session.read.option("__globPaths__", "false")
        rows = self._extent.part(reader.schema(spark_schema(schema)).parquet(*paths), uris)
        return shaped(self._named(rows, ibis.util.gen_name("kefen_read")), schema)

    def empty(self, schema: ibis.Schema) -> ir.Table:
        """A table of this schema without rows."""
        return ibis.memtable(schema.to_pyarrow().empty_table(), schema=schema)

    def materialise(self, expr: ir.Table, name: str | None = None) -> ir.Table:
        """Compute `expr` once; the machines keep their parts of it, in memory or on their disks."""
        label = name or ibis.util.gen_name("kefen")
        rows = self._rows(expr).persist(StorageLevel.MEMORY_AND_DISK)
        rows.count()
        self._kept[label] = rows
        return shaped(self._named(rows, label), expr.schema())

    def drop(self, table: ir.Table) -> None:
        """Let go of a table that `materialise` kept."""
        for label in self._labels(table):
            self._session.catalog.dropTempView(label)
            self._kept.pop(label).unpersist()

    def fetch(self, expr: ir.Table) -> pa.Table:
        """The rows of a result that fits in memory."""
        return self._rows(expr).toArrow().cast(expr.schema().to_pyarrow())

    def map_batches(
        self, expr: ir.Table, function: Callable[[pa.RecordBatch], pa.RecordBatch], schema: Any
    ) -> ir.Table:
        """What `function` makes of the rows; each machine does its own part of them."""
        mapped = self._rows(expr).mapInArrow(
            lambda batches: map(function, batches), spark_schema(schema)
        )
        return self.materialise(self._named(mapped, ibis.util.gen_name("kefen_mapped")))

    def write_parquet(
        self,
        expr: ir.Table,
        path: str | Path,
        row_group: int | None = None,  # noqa: ARG002  # Spark goes by bytes
    ) -> None:
        """Compute `expr` into a folder of Parquet files, or one file where there is but one part.

        Each machine writes its parts, so the folder must be on storage that all of them share.
        """
        target = Path(path).absolute()
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.part")
        _remove(draft)
        self._rows(expr).write.parquet(f"file:{draft}")
        parts = sorted(draft.glob("part-*.parquet"))
        wanted = {part: f"part-{number:05}.parquet" for number, part in enumerate(parts)}
        for file in list(draft.iterdir()):
            if file in wanted:
                file.rename(draft / wanted[file])
            else:
                file.unlink()
        _remove(target)
        if len(parts) == 1:
            (draft / "part-00000.parquet").rename(target)
            draft.rmdir()
        else:
            draft.rename(target)

    def close(self) -> None:
        """Let go of all that is kept; the last engine of a process ends the application."""
        kept, self._kept = self._kept, {}
        for label, rows in kept.items():
            self._session.catalog.dropTempView(label)
            rows.unpersist()
        if self._session is not None:
            self._session = None
            _APPLICATIONS.close()

    def _rows(self, expr: ir.Table) -> DataFrame:
        """The expression as Spark's, its columns of exactly the types Ibis says they have."""
        rows: DataFrame = self.backend.raw_sql(self.sql(expr))
        wanted = spark_schema(expr.schema())
        if [f.dataType for f in rows.schema] == [f.dataType for f in wanted]:
            return rows
        return rows.select(
            *(
                rows[have.name] if have.dataType == want.dataType else _cast(rows, have, want)
                for have, want in zip(rows.schema, wanted, strict=True)
            )
        )

    def _named(self, rows: DataFrame, label: str) -> ir.Table:
        rows.createTempView(label)
        return self.backend.table(label)

    def _labels(self, table: ir.Table) -> list[str]:
        names = {found.name for found in table.op().find(ibis.expr.operations.DatabaseTable)}
        return [label for label in self._kept if label in names]


def _cast(rows: DataFrame, have: Any, want: Any) -> Any:
    return rows[have.name].cast(want.dataType).alias(want.name)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class _Applications:
    """The Spark application of this process, and how many engines use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._own: SparkSession | None = None

    def open(self, master: str) -> SparkSession:
        """A session of its own, in the application."""
        with self._lock:
            running = SparkContext._active_spark_context  # noqa: SLF001  # no public way to ask
            if running is None or running._jsc is None:  # noqa: SLF001  # as `stop` leaves it
                self._users, self._own = 0, _begin(master)
                session = self._own
            elif running.master != master:
                raise EngineError("engine-other", value=master, running=running.master)
            else:
                session = SparkSession(running)
            self._users += 1
            return session.newSession()

    def close(self) -> None:
        """One engine less; without any, an application that began here ends."""
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._own is not None:
                self._own.stop()
                self._own = None


_APPLICATIONS: Final = _Applications()


def _begin(master: str) -> SparkSession:
    """Begin an application; what Spark's Java says goes unheard unless it is asked to speak."""
    _look_for_java(master)
    own = _settings()
    conf = SparkConf(loadDefaults=False).setMaster(master)
    local = _LOCAL if master.startswith("local[") else {}
    conf.setAll([*({**_APPLICATION, **local, **_places(master)} | own).items()])
    with tempfile.TemporaryFile() as said:
        quiet: dict[str, Any] = {} if "spark.log.level" in own else {"stderr": said}
        try:
            launch: Any = launch_gateway
            gateway = SparkContext._gateway or launch(conf, quiet)  # noqa: SLF001
            context = SparkContext(conf=conf, gateway=gateway)
            context.pythonExec = os.environ.get("PYSPARK_PYTHON", sys.executable)
            return SparkSession(context)
        except Exception as error:
            said.seek(0)
            reason = _reason(f"{said.read().decode(errors='replace')}\n{error}")
            raise EngineError("engine-unreachable", value=master, reason=reason) from error


def _reason(words: str) -> str:
    """The line that says most."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    telling = [line for line in lines if " ERROR " in line or "Exception: " in line]
    return (telling or lines[-1:])[0]


def _places(master: str) -> dict[str, str]:
    """Where the machines find this process, and a folder for tables that are never made."""
    here = _knock(master) if master.startswith("spark://") else "127.0.0.1"
    unused = str(Path(tempfile.gettempdir()) / "kefen-spark")
    return {"spark.driver.host": here, "spark.sql.warehouse.dir": unused} | (
        {"spark.driver.bindAddress": here} if here.startswith("127.") else {}
    )


def _settings() -> dict[str, str]:
    """Spark's own settings from `KEFEN_SPARK`: `name=value`, quoted where one has spaces."""
    found = {}
    for word in shlex.split(os.environ.get("KEFEN_SPARK", "")):
        name, equals, value = word.partition("=")
        if not equals or not name.startswith("spark."):
            raise EngineError("bad-engine-setting", value=word)
        found[name] = value
    return found


def _look_for_java(master: str) -> None:
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")):
        raise EngineError("engine-no-java", value=master)


def _knock(master: str) -> str:
    """This machine's address as a master sees it; Spark itself would try for a minute."""
    reason = ""
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=_SECONDS) as line:
                return str(line.getsockname()[0])
        except (OSError, ValueError) as error:
            reason = str(error)
    raise EngineError("engine-unreachable", value=master, reason=reason)
