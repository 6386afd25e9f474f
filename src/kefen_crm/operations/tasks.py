"""Background jobs of the installation."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from kefen_crm.operations import actions
from kefen_crm.platform.queue import ASIDE


@app.task(name=actions.BACK_UP)
def back_up(reason: str, by: int | None = None) -> None:
    """Take a backup."""
    actions.back_up(reason, by)


@app.periodic(cron="10,40 * * * *")
@app.task(name=actions.KEEP_TIME, lock=actions.LOCK, queueing_lock=actions.KEEP_TIME, queue=ASIDE)
def keep_time(timestamp: int) -> None:
    """Twice an hour: take the daily backup when it is due, follow the time zone."""
    actions.keep_time(datetime.fromtimestamp(timestamp, UTC))
