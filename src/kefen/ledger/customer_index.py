"""The facts of large kinds in order of customers, so that those of a few are found at once.

Each file of facts is sorted by customer, but there is a file for each import, and a few customers
have rows in most of their row groups. So the rows of many files stand once more in order of a code
of the customer, in one file or, where they are many, in some, beside the measures that are kept:
`<data>/ledger/measures/by_customer/<kind>-<id>/`. Files of facts are never changed: rows of files
that are no more are passed over, and files that came later are read as they are. All of it may be
deleted at any time.
"""

from __future__ import annotations

import json
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from kefen.deferred import ibis
from kefen.engines import copy_to_parquet
from kefen.ledger.facts import kind as kind_of
from kefen.ledger.order_rollup import CODES, code_of
from kefen.ledger.tables import FactTable, patterns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kefen.engines import Engine

WORTH: Final = 500_000
"""Of so many facts of a kind an index is worth making."""
AT_ONCE: Final = 10_000_000
"""So many rows are put in order at once: what that takes must fit beside all else."""
BEHIND: Final = 0.2
"""When this share of the facts is not in the index, it is made anew."""
ROW_GROUP: Final = 32_768
"""Reading a group takes time with its rows; planning a query, with the number of groups."""
KEPT: Final = 2
"""Older ones stay while somebody may be reading them."""
_RECORD: Final = "index.json"
CODE: Final = "_code"
"""The column of an index that has `code_of` the customer."""
FILE: Final = "_file"
"""The column of an index that has the number of the file the row is from."""


@dataclass(frozen=True)
class IndexFile:
    """The files of an index, and the numbers of those indexed in it that are no more."""

    paths: list[Path]
    gone: list[int]


@dataclass(frozen=True)
class CustomerIndex:
    """The indexes of the ledger folder `ledger`, as one engine makes and reads them."""

    ledger: Path
    engine: Engine

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.ledger / "measures" / "by_customer"

    def make(self, kind: str, version: int) -> bool:
        """Index the facts of a version where that is worth it and not done; whether it was done."""
        sizes = self._table(kind).sizes(version)
        rows = sum(sizes.values())
        if rows < WORTH or not self.engine.embedded:
            return False
        found = self._newest(kind)
        known = set(found[1]) if found else set()
        if sum(size for file, size in sizes.items() if file.name not in known) <= BEHIND * rows:
            return False
        self._write(kind, sorted(sizes), rows)
        return True

    def files(self, kind: str, files: Sequence[Path]) -> tuple[IndexFile | None, list[Path]]:
        """The index of these files, None without any, and those of them that are not in it."""
        found = self._newest(kind)
        if found is not None:
            record, names = found
            there, known = {file.name for file in files}, set(names)
            gone = [number for number, name in enumerate(names) if name not in there]
            if len(gone) < len(names):
                paths = sorted(record.parent.glob("rows*.parquet"))
                return IndexFile(paths, gone), [file for file in files if file.name not in known]
        return None, list(files)

    def newest(self, kind: str) -> Path | None:
        """The record of the newest index of a kind."""
        return next(iter(self._records(kind)), None)

    def _table(self, kind: str) -> FactTable:
        return FactTable(self.ledger / "facts" / kind, kind_of(kind))

    def _records(self, kind: str) -> list[Path]:
        """The records of a kind, the newest first."""
        found = []
        for record in self.folder.glob(f"{kind}-*/{_RECORD}"):
            with suppress(OSError):
                found.append((record.stat().st_mtime_ns, record))
        return [record for _time, record in sorted(found, reverse=True)]

    def _newest(self, kind: str) -> tuple[Path, list[str]] | None:
        """The record of the newest index of a kind, and the names of the files that are in it."""
        for record in self._records(kind):
            with suppress(OSError, ValueError):
                names: list[str] = json.loads(record.read_text(encoding="utf-8"))
                return record, names
        return None

    def _write(self, kind: str, files: Sequence[Path], count: int) -> None:
        customer = kind_of(kind).customer_column
        schema = kind_of(kind).stored_schema()
        parts = []
        for number, file in enumerate(files):
            rows = self.engine.read_parquet(patterns([file]), schema)
            code = code_of(rows[customer])
            parts.append(rows.mutate(**{CODE: code, FILE: ibis.literal(number, "int32")}))
        every = ibis.union(*parts) if len(parts) > 1 else parts[0]
        draft = self.folder / f".{kind}-{secrets.token_hex(6)}.part"
        draft.mkdir(parents=True)
        try:
            for number, (first, end) in enumerate(_ranges(count)):
                copy_to_parquet(
                    self.engine,
                    every.filter(every[CODE] >= first, every[CODE] < end).order_by(CODE),
                    draft / f"rows-{number:04}.parquet",
                    row_group_size=ROW_GROUP,
                    compression="zstd",
                    compression_level=1,
                )
            names = [file.name for file in files]
            (draft / _RECORD).write_text(json.dumps(names), encoding="utf-8")
            draft.rename(self.folder / f"{kind}-{secrets.token_hex(6)}")
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        for old in self._records(kind)[KEPT:]:
            shutil.rmtree(old.parent, ignore_errors=True)


def _ranges(count: int) -> list[tuple[int, int]]:
    """Ranges of codes, from the first to before the end, each of which few enough rows are in."""
    parts = -(-count // AT_ONCE)
    bounds = [-CODES + 2 * CODES * number // parts for number in range(parts + 1)]
    return list(pairwise(bounds))
