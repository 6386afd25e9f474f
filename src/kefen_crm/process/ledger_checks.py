"""Whether the facts on disk are those that the site's database speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg

from kefen.errors import KefenError
from kefen.ledger.place import LEDGER, is_ledger
from kefen_crm.process.errors import ProcessError
from kefen_crm.process.findings import Finding, fail, ok

if TYPE_CHECKING:
    from pathlib import Path

GRADED: Final = "SELECT coalesce(max(ledger_version), 0) FROM grading_run WHERE status = 'finished'"
"""The newest version of the facts that a run of the site was of."""


def graded_version(url: str) -> int:
    """The newest version of the facts that the site at this database has graded; 0 without any."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row: tuple[Any, ...] | None = connection.execute(GRADED).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):  # of an older Kefen
        return 0
    return int(row[0]) if row else 0


def ledger_finding(data: Path, graded: int) -> Finding:
    """Whether the ledger can be read, and reaches as far as what was graded of it."""
    # Only now: it reads by Polars, which the supervisor, that never asks, would keep for good.
    from kefen.ledger.soundness import readable_version

    try:
        version = readable_version(data)
    except (KefenError, OSError) as error:
        code = getattr(error, "code", "unreadable")
        reason = error.data.get("reason", code) if isinstance(error, KefenError) else code
        return fail("ledger", "check-ledger-broken", reason=reason)
    if version < graded:
        told = {"path": str(data / LEDGER), "version": version, "graded": graded}
        return fail("ledger", "check-ledger-behind", **told)
    return ok("ledger", "check-ledger-ok", version=version)


def refuse_lost_ledger(data: Path, url: str) -> None:
    """Refuse to begin with an empty ledger where the database knows of facts.

    Raises:
        ProcessError: `ledger-missing`.
    """
    if not is_ledger(data / LEDGER) and (graded := graded_version(url)):
        raise ProcessError("ledger-missing", path=str(data / LEDGER), graded=graded)
