"""Background jobs of the grading room."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from kefen_crm.grading import actions, further, live
from kefen_crm.grading.models.runs import EXECUTE
from kefen_crm.platform import stored_figures
from kefen_crm.platform.queue import QUICK, SOON


@app.task(name=EXECUTE)
def execute_runs(runs: list[int]) -> None:
    """Do queued runs."""
    actions.execute_runs(runs)
    stored_figures.read_all()
    live.prepare()


@app.task(name=actions.DRAW)
def draw(runs: list[int]) -> None:
    """Draw the pictures of finished runs."""
    actions.draw(runs)


@app.periodic(cron="* * * * *")
@app.task(name="grading.try_again", queueing_lock="grading.try_again")
def try_again(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: queue again what imports set off and nobody foresaw failing."""
    actions.try_again()


@app.periodic(cron="0,30 * * * *")
@app.task(name=actions.KEEP_TIME, queueing_lock="grading.clock")
def run_due_schedules(timestamp: int) -> None:
    """Twice an hour: end what ran out, queue what is due."""
    actions.run_due_schedules(datetime.fromtimestamp(timestamp, UTC))


@app.task(name=live.FOLLOW, queue=QUICK, priority=SOON)
def follow_live() -> None:
    """Class whom new facts in the ledger are about."""
    live.follow()


@app.task(name=actions.CATCH_UP, queueing_lock=actions.CATCH_UP)
def catch_up() -> None:
    """Queue the runs that facts written one by one set off."""
    actions.follow_up()


@app.task(name=further.MEASURE)
def measure_further() -> None:
    """Measure the indicators that lists ask for beside those of the schemes."""
    further.measure()
