"""Background jobs of the grading room."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from kefen_crm.grading import actions


@app.task(name=actions.CARRY_OUT)
def carry_out(runs: list[int]) -> None:
    """Do queued runs."""
    actions.carry_out(runs)


@app.task(name=actions.DRAW)
def draw(runs: list[int]) -> None:
    """Draw the pictures of finished runs."""
    actions.draw(runs)


@app.periodic(cron="0,30 * * * *")
@app.task(name=actions.KEEP_TIME, queueing_lock="grading.clock")
def keep_time(timestamp: int) -> None:
    """Twice an hour: end what ran out, queue what is due."""
    actions.keep_time(datetime.fromtimestamp(timestamp, UTC))
