"""Removes saved runs by a rule: the last of each scheme stay, and all that something refers to.

A run stays that is among the last of its scheme, that was compared with another, that the caller
needs, that is younger than a day, or that somebody has open: who opens a run holds its folder.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from kefen.run.store import RECORD, RunStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from kefen.ledger import Ledger
    from kefen.run.record import Run

COMPARED: Final = "compared"
"""A file in the folder of a run that somebody compared with another."""
YOUNG: Final = timedelta(days=1)


@dataclass(frozen=True)
class Removed:
    """The runs that were removed, and how many bytes they had."""

    runs: list[str]
    bytes: int


class Hold:
    """Keeps a run's folder from being removed for as long as this object is there."""

    def __init__(self, folder: Path) -> None:
        self._handle = os.open(folder, os.O_RDONLY)
        with suppress(OSError):  # whoever carries the run out holds it already
            fcntl.flock(self._handle, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def __del__(self) -> None:
        with suppress(OSError, AttributeError):
            os.close(self._handle)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self


def note_compared(folder: Path) -> None:
    """Remember that a run was compared; where that cannot be written it is not remembered."""
    with suppress(OSError):
        (folder / COMPARED).touch()


def prune_runs(
    ledger: Ledger,
    keep: int | None = None,
    needed: Collection[str] = (),
    *,
    younger: timedelta = YOUNG,
) -> Removed:
    """Remove the saved runs that nothing keeps.

    Args:
        ledger: whose runs they are.
        keep: so many of the last finished ones of each scheme stay; by default the setting
            `runs_kept`.
        needed: ids of runs that stay besides.
        younger: those that began within this time stay, too.

    Runs that cannot be read are left alone.
    """
    keep = ledger.settings.runs_kept if keep is None else keep
    stays = set(needed) | _last(RunStore(ledger).all(), keep)
    since = datetime.now(UTC) - younger
    gone, size = [], 0
    for run in RunStore(ledger).all():
        if run.id in stays or run.started_at is None or run.started_at > since:
            continue
        freed = remove_run(run.folder)
        if freed is not None:
            gone.append(run.id)
            size += freed
    return Removed(gone, size)


def remove_run(folder: Path) -> int | None:
    """Remove the folder of a run; gives its bytes, None where it was compared or somebody has it.

    A folder that is gone already had 0.
    """
    if not folder.exists():
        return 0
    if (folder / COMPARED).exists():
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        # Without its record the folder is none of a run any more, should we be killed now.
        (folder / RECORD).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return None
    finally:
        os.close(handle)
    return size


def _last(runs: Iterable[Run], keep: int) -> set[str]:
    """The ids of the last finished runs of each scheme."""
    by_scheme: dict[str, list[str]] = {}
    for run in runs:  # oldest first
        if run.status == "finished":
            by_scheme.setdefault(run.scheme.name, []).append(run.id)
    return {run for ids in by_scheme.values() for run in ids[-keep:]}
