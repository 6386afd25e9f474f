"""Runs: one scheme on one version of the ledger as of one date."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kefen.frame import Frame
from kefen.run.cache import RunCache
from kefen.run.grade import Progress, grade, grade_many
from kefen.run.missing_facts import missing_facts
from kefen.run.record import Run
from kefen.run.retention import Hold, Removed, prune_runs
from kefen.run.store import RunStore, UnreadableRun
from kefen.run.vacuum import vacuum

if TYPE_CHECKING:
    from kefen.ledger import Ledger

__all__ = [
    "Frame",
    "Progress",
    "Removed",
    "Run",
    "RunCache",
    "RunStore",
    "UnreadableRun",
    "grade",
    "grade_many",
    "missing_facts",
    "open_run",
    "prune_runs",
    "runs",
    "unreadable_runs",
    "vacuum",
]


def runs(ledger: Ledger) -> list[Run]:
    """The saved runs of a ledger that can be read, oldest first."""
    return RunStore(ledger).all()


def unreadable_runs(ledger: Ledger) -> list[UnreadableRun]:
    """The saved runs of a ledger that cannot be read, each with the reason.

    A run is unreadable when its record is damaged or when its scheme speaks of something that is
    not there any more, such as an indicator whose plug-in was removed.
    """
    return RunStore(ledger).unreadable()


def open_run(ledger: Ledger, run_id: str) -> Run:
    """A saved run; while it is open, nobody's clearing away removes it.

    Raises:
        RunError: `unknown-run` when the ledger has none of this id; `run-unreadable`, with the
            `reason`, when its record cannot be read.
    """
    run = RunStore(ledger).read(run_id)
    return replace(run, _hold=Hold(run.folder))
