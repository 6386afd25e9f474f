"""Background jobs of mailboxes."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.mailbox import taking
from kefen_crm.platform.queue import OUTSIDE


@app.periodic(cron="* * * * *")
@app.task(
    name="mailbox.read_all",
    queueing_lock="mailbox.read_all",
    lock="mailbox.read_all",
    queue=OUTSIDE,
)
def read_all(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute, one turn after the other: read what is new."""
    taking.read_all()
