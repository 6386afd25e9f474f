"""Finds the run a command speaks about, or makes it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import kefen
from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from kefen.ledger import Ledger
    from kefen.run import Run
    from kefen.schemes import Scheme

    Told = Callable[[Any], None]


def run_ids(ledger: Ledger) -> list[str]:
    """The ids of all saved runs, those that cannot be read too."""
    unreadable = [one.id for one in kefen.unreadable_runs(ledger)]
    return [one.id for one in kefen.runs(ledger)] + unreadable


def saved(ledger: Ledger, name: str) -> Run:
    """The saved run whose id is `name` or begins with it.

    Raises:
        KefenError: `cli-unknown-run` when no run, or more than one, does.
        RunError: `run-unreadable` when that one cannot be read.
    """
    ids = run_ids(ledger)
    found = [run_id for run_id in ids if run_id.startswith(name)]
    exact = [run_id for run_id in found if run_id == name]
    if len(exact or found) != 1:
        raise KefenError("cli-unknown-run", run=name, found=len(found))
    return kefen.open_run(ledger, (exact or found)[0])


def graded_run(ledger: Ledger, scheme: str, as_of: date | None, told: Told) -> Run:
    """The run that says a scheme's classes: as of a day like `as_of_run`, else the newest one on
    the facts as they are, whatever its day.
    """
    runs = [] if as_of else _fresh(ledger, kefen.schemes.load(scheme))
    return runs[-1] if runs else as_of_run(ledger, scheme, as_of, told)


def as_of_run(ledger: Ledger, scheme: str, as_of: date | None, told: Told) -> Run:
    """The newest run of the scheme at that date on the facts as they are now; else a new one.

    Without a date, the day after the last sale. `told` hears of the progress of a new run.
    """
    wanted = kefen.schemes.load(scheme)
    day = as_of or _last_day(ledger)
    runs = [run for run in _fresh(ledger, wanted) if run.as_of == day]
    if runs:
        return runs[-1]
    return kefen.grade(ledger, wanted, as_of=as_of, progress=told)


def _fresh(ledger: Ledger, scheme: Scheme) -> list[Run]:
    """The finished runs of a scheme on the facts as they are now, oldest first."""
    return [
        run
        for run in kefen.runs(ledger)
        if run.status == "finished"
        and run.scheme.hash == scheme.hash
        and run.ledger_version == ledger.version
    ]


def _last_day(ledger: Ledger) -> date | None:
    span = ledger.span()
    return span[1] + timedelta(days=1) if span else None
