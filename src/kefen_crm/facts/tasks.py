"""Background jobs of the API."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.facts import writing
from kefen_crm.platform.queue import QUICK


@app.task(name=writing.LAND, lock=writing.LEDGER, queueing_lock=writing.LAND, queue=QUICK)
def land_writes() -> None:
    """Land the writes that wait."""
    writing.land_all()


@app.periodic(cron="* * * * *")
@app.task(name="api.keep_up", lock=writing.LEDGER, queueing_lock="api.keep_up", queue=QUICK)
def keep_up(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: land what was left by whoever was killed."""
    writing.land_all()
