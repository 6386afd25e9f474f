"""Looks at a whole installation, from outside, and says what is not well and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.errors import KefenError
from kefen_crm.environment import faults, setting_faults
from kefen_crm.process.doctor import backups, database, folders, leftovers, versions
from kefen_crm.process.doctor.serving import serving
from kefen_crm.process.findings import Finding, State
from kefen_crm.process.logs import form, to_stdout
from kefen_crm.process.space import spaces
from kefen_crm.process.turning import limits

if TYPE_CHECKING:
    from pathlib import Path


def _variables() -> list[Finding]:
    """Findings about the environment variables that cannot be meant."""
    found = faults()
    for read in (form, to_stdout, limits):
        try:
            read()
        except KefenError as error:
            found.append(error)
    return [Finding("variables", State.FAIL, error.code, error.data) for error in found]


def examine(data: Path) -> list[Finding]:
    """Everything that can be looked at, in the order in which it is best mended.

    Kefen's own database is started for the time being when it does not run; nothing else changes.
    """
    data = data.resolve()
    unused = [Finding("variables", State.WARN, one.code, one.data) for one in setting_faults()]
    if wrong := _variables():  # nothing below could be trusted
        return [*wrong, *unused, *versions.examine()]
    found = folders.examine(data)
    if found[0].state == State.FAIL:  # there is no data directory to look at
        return [*unused, *found, *versions.examine()]
    found = [*unused, *found]
    at_work, stale = serving(data)
    found += [one.finding() for one in spaces(data, database.folder(data))]
    found += versions.examine()
    found += stale
    looked_at, graded = database.examine(data, at_work)
    found += looked_at
    found += versions.ledger(data, graded)
    found += leftovers.examine(data)
    found += backups.examine(data)
    return found
