"""Finds the run a command speaks about, or makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import kefen
from kefen.errors import KefenError

if TYPE_CHECKING:
    from datetime import date

    from kefen.ledger import Ledger
    from kefen.run import Run


def saved(ledger: Ledger, name: str) -> Run:
    """The saved run whose id is `name` or begins with it.

    Raises:
        KefenError: `cli-unknown-run` when no run, or more than one, does.
    """
    found = [run for run in kefen.runs(ledger) if run.id.startswith(name)]
    exact = [run for run in found if run.id == name]
    if len(exact or found) != 1:
        raise KefenError("cli-unknown-run", run=name, found=len(found))
    return (exact or found)[0]


def latest(ledger: Ledger, scheme: str) -> Run:
    """The newest run of the scheme as it is now on the facts as they are now; else a new one."""
    return as_of_run(ledger, scheme, None)


def as_of_run(ledger: Ledger, scheme: str, as_of: date | None) -> Run:
    """A finished run of the scheme at that date on the facts as they are now; else a new one."""
    wanted = kefen.schemes.load(scheme)
    runs = [
        run
        for run in kefen.runs(ledger)
        if run.status == "finished"
        and run.scheme.hash == wanted.hash
        and run.ledger_version == ledger.version
        and as_of in (None, run.as_of)
    ]
    if runs:
        return max(runs, key=lambda run: run.started_at)
    return kefen.grade(ledger, wanted, as_of=as_of)
