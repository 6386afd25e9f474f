"""Background jobs of dunning."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.dunning import sending


@app.task(name=sending.SEND)
def send() -> None:
    """Send the letters that were approved."""
    sending.send_approved()
