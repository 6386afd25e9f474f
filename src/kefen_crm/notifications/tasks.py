"""Background jobs of notifications."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from kefen_crm.notifications import actions
from kefen_crm.platform.queue import OUTSIDE

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=60)
"""After 1, 60, 3600 … seconds; what is refused for good comes with the next day's."""


@app.task(name=actions.DIGEST, retry=AGAIN, queue=OUTSIDE)
def digest(user: int) -> None:
    """Mail one person what was not mailed yet."""
    actions.send_digest(user)
