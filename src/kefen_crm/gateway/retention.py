"""Saved runs are removed by a rule; the site says what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from kefen.run.retention import Removed, note_compared, prune_runs, remove_run
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Removed", "compared", "forget", "prune"]


def compared(*runs: str) -> None:
    """Remember that these runs were compared with each other, so that they stay."""
    for run in runs:
        note_compared(_folder(run))


def forget(run: str) -> int | None:
    """Remove a saved run; gives its bytes, None where it was compared or somebody has it open."""
    return remove_run(_folder(run)) if run else 0


def prune(keep: int, needed: Collection[str]) -> Removed:
    """Remove the runs of the shell that nothing keeps."""
    with opened() as ledger:
        return prune_runs(ledger, keep, needed)


def _folder(run: str) -> Path:
    return Path(settings.KEFEN_DATA) / "runs" / run
