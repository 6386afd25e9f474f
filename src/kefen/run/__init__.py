"""Runs: one scheme on one version of the ledger as of one date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.run.frame import Frame
from kefen.run.grade import Progress, grade, grade_many
from kefen.run.lacks import missing_facts
from kefen.run.record import Run
from kefen.run.shelf import Shelf
from kefen.run.vacuum import vacuum

if TYPE_CHECKING:
    from kefen.ledger import Ledger

__all__ = [
    "Frame",
    "Progress",
    "Run",
    "Shelf",
    "grade",
    "grade_many",
    "missing_facts",
    "open_run",
    "runs",
    "vacuum",
]


def runs(ledger: Ledger) -> list[Run]:
    """The saved runs of a ledger, oldest first."""
    return Shelf(ledger).all()


def open_run(ledger: Ledger, run_id: str) -> Run:
    """A saved run.

    Raises:
        RunError: `unknown-run` when the ledger has none of this id.
    """
    return Shelf(ledger).read(run_id)
