"""A kind's facts on disk: one Delta table, changed by whole files in one commit.

Files are written sorted by customer in small row groups, so that one customer's rows are found
by the row groups' minima and maxima. A change rewrites only the files that hold replaced keys.
Nothing is deleted that a past version needs, but by a vacuum.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import time
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from kefen.deferred import ibis
from kefen.engines import copy_to_parquet, counts_in_parquet
from kefen.errors import LedgerError
from kefen.ledger.erased import PENDING
from kefen.ledger.facts import COUNTED
from kefen.ledger.frame_types import frame_types, sink_frame, write_frame
from kefen.ledger.sorted_rows import RowFiles, write_sorted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger.facts import Kind

ROW_GROUP = 65_536
GROUPS_PER_FILE = 16
ROWS_PER_FILE = ROW_GROUP * GROUPS_PER_FILE
SMALL_FILES = 32
"""So many files of less than a row group, and the next change writes them into one."""
_DELTA = {"int64": "long", "float64": "double"}
"""What Delta calls types that have another name elsewhere."""
_NULLS = f"null_count.{COUNTED}"
CLEARED = "cleared.json"
"""Names the files of a table that a vacuum removed."""
FOR_EVER = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}


@dataclass(frozen=True)
class Change:
    """What a step does to a kind: rows to add, a few perhaps in memory, and keys whose present
    rows go. `files` hold the same rows, where files do.
    """

    rows: ir.Table | pl.DataFrame | None
    drop: ir.Table | None = None
    files: RowFiles | None = None


class FactTable:
    """The Delta table of one kind. `folder` need not exist yet."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder = folder
        self.kind = kind

    def files(self, version: int) -> list[Path]:
        """The data files that make up `version` of this table.

        Raises:
            LedgerError: `ledger-damaged` when the table or one of its files is gone.
        """
        return sorted(self.sizes(version))

    def _is_being_rewritten(self) -> bool:
        """Whether an erasure is at work, which replaces files before the log says their sizes."""
        return (self.folder.parents[2] / PENDING).exists()

    def sizes(self, version: int | None) -> dict[Path, int]:
        """The data files of `version` with the rows in each; LedgerError as for `files`.

        A version whose files a vacuum removed is told as `version-cleared`.
        """
        if version is None:
            return {}
        try:
            listed = _files(self.folder, version)
        except (DeltaError, TableNotFoundError, OSError) as error:
            raise LedgerError("ledger-damaged", path=str(self.folder), reason=str(error)) from error
        files = {self.folder / one.name: one.rows for one in listed}
        for file, one in zip(files, listed, strict=True):
            if not file.exists():
                if file.name in self._cleared():
                    raise LedgerError("version-cleared", kind=self.kind.name)
                raise LedgerError("ledger-damaged", path=str(file), reason="missing file")
            found = file.stat().st_size
            if one.bytes and found != one.bytes and not self._is_being_rewritten():
                reason = f"{found} bytes instead of {one.bytes}"
                raise LedgerError("ledger-damaged", path=str(file), reason=reason)
        return files

    def count(self, version: int) -> int:
        """The rows of `version`, without reading them."""
        return sum(self.sizes(version).values())

    def uncounted(self, version: int | None) -> int:
        """The rows of `version` that count as no sale, without reading them."""
        if version is None or not self._flagged:
            return 0
        return sum(one.uncounted for one in _files(self.folder, version))

    def rows(self, engine: Engine, version: int | None) -> ir.Table:
        """The rows of `version`; none when the kind has no table yet."""
        files = [] if version is None else self.files(version)
        return engine.read_parquet(patterns(files), self.kind.stored_schema())

    def change(
        self,
        engine: Engine,
        change: Change,
        version: int | None,
        step: str,
        scratch: Path,
        also: Callable[[str, pl.DataFrame, Path], None] | None = None,
    ) -> int:
        """Carry out `change` upon `version` in one commit; gives the new Delta version.

        `step` marks the files, `scratch` is a folder on the same disk to write them aside. Rows
        that are sorted in memory are given to what is `also` made of them, with the name of the
        file they will be in and that folder.
        """
        table = self._open(version)
        sizes = _sizes(table)
        touched = self._touched(engine, change.drop, sorted(sizes))
        small = [name for name in sizes if sizes[name] < ROW_GROUP]
        if len(small) < SMALL_FILES:
            small = [name for name in small if name in touched]
        large = [name for name in touched if name not in small]
        parts: list[ir.Table | pl.DataFrame | pl.LazyFrame | RowFiles] = []
        if large and change.drop is not None:
            dropped = engine.frame(change.drop.select(self.kind.key[0]).distinct())
            parts = [self._left(name, dropped) for name in large]
        fresh: ir.Table | pl.DataFrame | RowFiles | None = change.rows
        if change.files is not None and change.files.fit and not small:
            fresh = change.files
        if small:
            kept = self._kept(engine, small, change.drop)
            rows = change.rows
            fresh = kept if rows is None else ibis.union(self._whole(as_table(rows)), kept)
        if fresh is not None:
            parts.append(fresh)
        now = int(time.time() * 1000)
        actions: list[AddAction | RemoveAction] = [
            RemoveAction(name, data_change=True, deletion_timestamp=now)
            for name in (*large, *small)
        ]
        for number, part in enumerate(parts):
            name = f"part-{step}-{number}"
            aside = scratch / f"{self.kind.name}-{name}"
            if isinstance(part, RowFiles):
                told_of = partial(_named, also, name, scratch) if also else None
                self._sort(part, aside, told_of)
            elif isinstance(part, pl.LazyFrame):
                self._stream(part, aside)
            elif isinstance(part, pl.DataFrame):
                self._put(part, aside)
            else:
                self._compute(engine, part, aside)
            for file, stats in self._taken(engine, aside, name):
                told = json.dumps(stats)
                actions.append(AddAction(file.name, file.stat().st_size, {}, now, True, told))
        table.create_write_transaction(actions, "append", table.schema())
        table.update_incremental()
        return table.version()

    def clean(self, steps: set[str]) -> None:
        """Remove the data files of steps that never came to stand."""
        for file in self.folder.glob("part-*.parquet"):
            if file.name.split("-")[1] not in steps:
                file.unlink()

    def _cleared(self) -> set[str]:
        """The files that a vacuum removed."""
        note = self.folder / CLEARED
        return set(json.loads(note.read_text(encoding="utf-8"))) if note.exists() else set()

    def _open(self, version: int | None) -> DeltaTable:
        if version is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            schema = _delta_schema(self.kind.stored_types())
            return DeltaTable.create(self.folder, schema, configuration=FOR_EVER)
        table = DeltaTable(self.folder)
        if table.version() != version:
            table.restore(version)
        known = {field.name for field in table.schema().fields}
        schema = _delta_schema(self.kind.stored_types())
        if missing := [field for field in schema.fields if field.name not in known]:
            table.alter.add_columns(missing)
        return table

    @property
    def _flagged(self) -> bool:
        return COUNTED in self.kind.stored_types()

    def _touched(self, engine: Engine, drop: ir.Table | None, names: list[str]) -> list[str]:
        """Which of these files hold any key of `drop`."""
        if drop is None or not names:
            return []
        files = patterns([self.folder / name for name in names])
        keyed = engine.backend.read_parquet(files, filename=True)
        hit = keyed.semi_join(drop, self.kind.key[0]).select("filename").distinct()
        return sorted(
            str(name).rsplit("/", 1)[-1] for name in hit.to_pyarrow()["filename"].to_pylist()
        )

    def _kept(self, engine: Engine, names: list[str], drop: ir.Table | None) -> ir.Table:
        files = patterns([self.folder / name for name in names])
        rows = engine.read_parquet(files, self.kind.stored_schema())
        return rows if drop is None else rows.anti_join(drop, self.kind.key[0])

    def _left(self, name: str, dropped: pl.DataFrame) -> pl.LazyFrame:
        """What a file keeps of its rows, in their order, without those of the dropped keys."""
        key = self.kind.key[0]
        rows = pl.scan_parquet(self.folder / name, glob=False)
        return rows.filter(~pl.col(key).is_in(dropped[key].implode(), nulls_equal=True))

    def _whole(self, rows: ir.Table) -> ir.Table:
        """The rows with every column of the kind, as declared."""
        return rows.select(
            **{
                name: rows[name].cast(type_) if name in rows.columns else ibis.null(type_)
                for name, type_ in self.kind.stored_schema().items()
            }
        )

    def _order(self) -> list[str]:
        day = self.kind.date_column
        return [self.kind.customer_column, *([day] if day else [])]

    def _compute(self, engine: Engine, rows: ir.Table, aside: Path) -> None:
        """Write rows into a folder."""
        copy_to_parquet(
            engine,
            rows.order_by(self._order()),
            aside,
            self.kind.stored_schema(),
            row_group_size=ROW_GROUP,
            row_groups_per_file=GROUPS_PER_FILE,
            compression="zstd",
            compression_level=1,
        )

    def _sort(
        self, rows: RowFiles, aside: Path, also: Callable[[int, pl.DataFrame], None] | None
    ) -> None:
        """Write the rows of files into a folder, without an engine."""
        aside.mkdir()
        types = frame_types(self.kind.stored_types())
        write_sorted(rows, types, *self._order(), folder=aside, row_group=ROW_GROUP, also=also)

    def _stream(self, rows: pl.LazyFrame, aside: Path) -> None:
        """Write rows that are in order into a folder, some row groups at a time."""
        aside.mkdir()
        types = frame_types(self.kind.stored_types())
        sink_frame(rows, types, aside / "0.parquet", ROW_GROUP)

    def _put(self, rows: pl.DataFrame, aside: Path) -> None:
        """Write a few rows into a folder, without an engine."""
        aside.mkdir()
        types = frame_types(self.kind.stored_types())
        write_frame(rows.sort(self._order()), types, aside / "0.parquet", ROW_GROUP)

    def _taken(self, engine: Engine, aside: Path, name: str) -> list[tuple[Path, dict[str, Any]]]:
        """Move what was written aside into the table; gives the files and what is told of them."""
        written = []
        for number, draft in enumerate(sorted(aside.glob("*.parquet"))):
            rows, nulls = counts_in_parquet(engine, draft, COUNTED)
            if rows:
                file = self.folder / _file_name(name, number)
                draft.replace(file)
                stats: dict[str, Any] = {"numRecords": rows}
                if self._flagged:
                    stats["nullCount"] = {COUNTED: nulls}
                written.append((file, stats))
        return written


def _file_name(part: str, number: int) -> str:
    return f"{part}-{number}.parquet"


def _named(
    also: Callable[[str, pl.DataFrame, Path], None],
    part: str,
    scratch: Path,
    number: int,
    rows: pl.DataFrame,
) -> None:
    """Give sorted rows on with the name of the file they will be in."""
    also(_file_name(part, number), rows, scratch)


def as_table(rows: ir.Table | pl.DataFrame, schema: ibis.Schema | None = None) -> ir.Table:
    """Rows for an engine, wherever they are."""
    if isinstance(rows, pl.DataFrame):
        return ibis.memtable(rows.to_arrow(), schema=schema)
    return rows


def patterns(files: list[Path]) -> list[str]:
    """Paths as an engine takes them: characters that would match other files escaped."""
    return [glob.escape(str(file)) for file in files]


def _delta_schema(types: Mapping[str, str]) -> Schema:
    """The same columns with the types as Delta calls them; to ask Arrow loads it."""
    types = {name: type_.replace(" ", "") for name, type_ in types.items()}
    fields = [
        {"name": name, "type": _DELTA.get(type_, type_), "nullable": True, "metadata": {}}
        for name, type_ in types.items()
    ]
    return Schema.from_json(json.dumps({"type": "struct", "fields": fields}))


class _File(NamedTuple):
    """A data file as the log tells of it: its rows, those that count as no sale, and its bytes."""

    name: str
    rows: int
    uncounted: int
    bytes: int


def _files(folder: Path, version: int) -> tuple[_File, ...]:
    """The data files of a version."""
    log = folder / "_delta_log"
    with os.scandir(log) if log.is_dir() else nullcontext(()) as entries:
        told = [(entry.name, entry.stat()) for entry in entries]
    state = frozenset((name, stat.st_mtime_ns, stat.st_size) for name, stat in told)
    return _files_of(folder, version, state)


@lru_cache(64)
def _files_of(folder: Path, version: int, _state: frozenset[Any]) -> tuple[_File, ...]:
    """The same while the log is in this state; a run asks dozens of times."""
    return _listed(DeltaTable(folder, version=version))


def _listed(table: DeltaTable) -> tuple[_File, ...]:
    files = table.get_add_actions(flatten=True)
    rows = [count or 0 for count in files["num_records"].to_pylist()]
    nulls = files[_NULLS].to_pylist() if _NULLS in files.column_names else [None] * len(rows)
    uncounted = [0 if n is None else count - n for count, n in zip(rows, nulls, strict=True)]
    parts = (files["path"].to_pylist(), rows, uncounted, files["size_bytes"].to_pylist())
    return tuple(map(_File, *parts))


def _sizes(table: DeltaTable) -> dict[str, int]:
    """The rows of every file that makes up the table."""
    return {one.name: one.rows for one in _listed(table)}
