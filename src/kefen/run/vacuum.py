"""Vacuums a ledger without touching what its saved runs were made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from kefen.ledger import Ledger
    from kefen.ledger.vacuum import Vacuumed


def vacuum(ledger: Ledger, days: int | None = None) -> Vacuumed:
    """Remove the files of past versions of the facts that nobody needs any more.

    Versions younger than `days` (else the setting `versions_kept`) stay readable, and so do those
    of saved runs; every import can still be taken back. Reading a version that is gone is refused
    with `version-cleared`.

    Raises:
        LedgerError: `ledger-busy`, `ledger-read-only`.
    """
    kept = ledger.settings.versions_kept if days is None else days
    return ledger.vacuum(kept, versions_of_runs(ledger.path))


def versions_of_runs(data: Path) -> set[int]:
    """The versions of the facts that the saved runs of a data directory were made of."""
    needed = set()
    for record in (data / "runs").glob("*/run.json"):
        try:
            needed.add(int(json.loads(record.read_text(encoding="utf-8"))["ledger_version"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return needed
