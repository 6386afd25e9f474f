"""Looks at a whole installation, from outside, and says what is not well and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.process.doctor import backups, database, folders, leftovers, versions
from kefen_crm.process.doctor.serving import serving
from kefen_crm.process.findings import State
from kefen_crm.process.space import spaces

if TYPE_CHECKING:
    from pathlib import Path

    from kefen_crm.process.findings import Finding


def examine(data: Path) -> list[Finding]:
    """Everything that can be looked at, in the order in which it is best mended.

    Kefen's own database is started for the time being when it does not run; nothing else changes.
    """
    data = data.resolve()
    found = folders.examine(data)
    if found[0].state == State.FAIL:  # there is no data directory to look at
        return [*found, *versions.examine()]
    at_work, stale = serving(data)
    found += [one.finding() for one in spaces(data, database.folder(data))]
    found += versions.examine()
    found += stale
    found += database.examine(data, at_work)
    found += versions.ledger(data)
    found += leftovers.examine(data)
    found += backups.examine(data)
    return found
