"""Saved runs that a process keeps as it read them, to explain classes again and again.

A finished run never changes. Most of the time of explaining one class went into reading its record
and where in its file which rows are; the rows of several runs are read at once, too.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Final

import polars as pl

from kefen.errors import RunError
from kefen.run.record import CLASSES
from kefen.run.retention import Hold
from kefen.run.store import RECORD, RunStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kefen.explain import Explanation
    from kefen.ledger import Ledger
    from kefen.run.record import Run

MOST: Final = 16
"""So many runs are kept; each takes about 1 MiB when it has a million customers."""

_Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class _Kept:
    """A run, its rows as a query that knows the file's row groups, and the files it came from."""

    run: Run
    rows: pl.LazyFrame
    stamp: _Stamp


class RunCache:
    """The finished runs that were asked for last; many threads may ask at once.

    Args:
        most: so many are kept.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[Path, _Kept] = {}
        self._lock = Lock()

    def explanations(
        self, ledger: Ledger, run_ids: Iterable[str], customer_id: str
    ) -> dict[str, Explanation]:
        """Why a customer has its class in each of these runs, by their ids.

        Runs that are no more, cannot be read, have no classes or do not know the customer are
        left out. While they are read, nobody's clearing away removes them.
        """
        held, found = [], []
        for run_id in run_ids:
            with suppress(RunError, FileNotFoundError):
                folder = RunStore(ledger).folder_of(run_id)
                held.append(Hold(folder))
                found.append(self._run(ledger, run_id, folder))
        asked = [one.rows.filter(pl.col("customer_id") == customer_id) for one in found]
        frames = pl.collect_all(asked)
        del held
        return {
            one.run.id: one.run.explain_row(frame.row(0, named=True))
            for one, frame in zip(found, frames, strict=True)
            if frame.height
        }

    def _run(self, ledger: Ledger, run_id: str, folder: Path) -> _Kept:
        """The run as it was read before, unless its files are others now."""
        stamp = _stamp(folder)
        with self._lock:
            kept = self._kept.pop(folder, None)
        if kept is None or kept.stamp != stamp:
            run = replace(RunStore(ledger).read(run_id), ledger=None)
            rows = run.classes.lazy()
            rows.collect_schema()  # reads which rows are where, which the query remembers
            kept = _Kept(run, rows, stamp)
        with self._lock:
            self._kept[folder] = kept
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
        return kept


def _stamp(folder: Path) -> _Stamp:
    """What other files would not have: of the record and of the classes."""
    every = [(folder / name).stat() for name in (RECORD, CLASSES)]
    return tuple((one.st_ino, one.st_mtime_ns, one.st_size) for one in every)
