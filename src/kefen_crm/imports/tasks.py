"""Background jobs of the imports room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.imports import work
from kefen_crm.imports.actions import KEEP_UP
from kefen_crm.imports.models import CHECK, LAND, TAKE_BACK


@app.task(name=CHECK)
def check(pk: int) -> None:
    """Find out what landing a file would do."""
    work.check(pk)


@app.task(name=LAND)
def land(pk: int) -> None:
    """Import a checked file."""
    work.land(pk)


@app.task(name=TAKE_BACK)
def take_back(pk: int, by: int) -> None:
    """Take an import back."""
    work.take_back(pk, by)


@app.periodic(cron="* * * * *")
@app.task(name=KEEP_UP, queueing_lock="imports.keep_up", lock="imports.keep_up")
def keep_up(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: bring the site up to what the ledger holds."""
    work.keep_up()
