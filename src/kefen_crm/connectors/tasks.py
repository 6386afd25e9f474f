"""Background jobs of connectors."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.connectors import fetching
from kefen_crm.connectors.actions import RUN
from kefen_crm.platform.queue import OUTSIDE, QUICK


@app.periodic(cron="* * * * *")
@app.task(name="connectors.run_due", queueing_lock="connectors.run_due", queue=QUICK)
def run_due(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: ask what is due, and go on with files that were checked."""
    fetching.run_due()


@app.task(name=RUN, queue=OUTSIDE)
def run(connector: int) -> None:
    """Ask one connector what is new."""
    fetching.run(connector)
