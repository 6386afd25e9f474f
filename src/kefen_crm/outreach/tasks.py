"""Background jobs of outreach."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.outreach import sending
from kefen_crm.platform.queue import OUTSIDE, QUICK


@app.periodic(cron="* * * * *")
@app.task(name="outreach.send_due", queueing_lock="outreach.send_due", queue=QUICK)
def send_due(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: send what is due."""
    sending.send_due()


@app.task(name=sending.SEND, queue=OUTSIDE)
def send(channel: str) -> None:
    """Send what is due of a channel."""
    sending.send(channel)
