"""Vacuums a ledger without touching what its saved runs were made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    needed = set()
    for record in (ledger.path / "runs").glob("*/run.json"):
        try:
            needed.add(int(json.loads(record.read_text(encoding="utf-8"))["ledger_version"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return ledger.vacuum(ledger.settings.versions_kept if days is None else days, needed)
