"""Background jobs for other systems."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.integrations import feed


@app.periodic(cron="20 * * * *")
@app.task(name="integrations.forget", queueing_lock="integrations.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every hour: forget deletions that were told long enough."""
    feed.forget_deletions()
