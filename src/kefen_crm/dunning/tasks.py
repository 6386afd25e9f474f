"""Background jobs of dunning."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.dunning import sending
from kefen_crm.platform.queue import OUTSIDE


@app.task(name=sending.SEND, queue=OUTSIDE)
def send() -> None:
    """Send the letters that were approved."""
    sending.send_approved()
