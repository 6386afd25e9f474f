"""Background jobs of webhooks."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.platform.queue import OUTSIDE, QUICK
from kefen_crm.webhooks import sending


@app.periodic(cron="* * * * *")
@app.task(name="webhooks.send_due", queueing_lock="webhooks.send_due", queue=QUICK)
def send_due(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: send what happened, and what is to be tried again."""
    sending.send_due()


@app.task(name=sending.SEND, queue=OUTSIDE)
def send(endpoint: int) -> None:
    """Send one endpoint what is due."""
    sending.send(endpoint)
