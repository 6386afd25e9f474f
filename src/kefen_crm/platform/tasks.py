"""The worker's clock."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from kefen_crm.platform import clock, events, stored_figures
from kefen_crm.platform.jobs import fail_orphans
from kefen_crm.platform.queue import QUICK


@app.periodic(cron="* * * * *")
@app.task(name="platform.end_orphans", queueing_lock="platform.end_orphans", queue=QUICK)
def end_orphans(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: end the work whose job is no more, because it kept killing its worker."""
    fail_orphans()


@app.task(name=events.DELIVER, queue=QUICK)
def deliver_events(consumer: str) -> None:
    """Hand the events that wait to a consumer."""
    events.deliver(consumer)


@app.periodic(cron="* * * * *")
@app.task(name="platform.deliver_again", queueing_lock="platform.deliver_again", queue=QUICK)
def deliver_again(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: what was left, by whoever was killed or could not handle it."""
    events.call_again()


@app.task(name=stored_figures.READ_AHEAD, queue=QUICK)
def read_figures_ahead() -> None:
    """Read the figures of everybody that pages show, where something they are of has changed."""
    stored_figures.read_all()


@app.periodic(cron="* * * * *")
@app.task(name="platform.read_figures_again", queueing_lock="platform.read_figures_again")
def read_figures_again(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: what changed in small, which nobody told of."""
    stored_figures.read_all()


@app.periodic(cron="5,35 * * * *")
@app.task(name="platform.clock_ticks", queueing_lock="platform.clock_ticks")
def clock_ticks(timestamp: int) -> None:  # noqa: ARG001  # what is due follows from the database
    """Twice an hour: do whatever is due by the day or the half hour."""
    clock.tick(datetime.now(UTC))


@app.task(name=clock.CLOCK, queueing_lock=clock.CLOCK)
def clock_goes_on() -> None:
    """Do at once what waited for a decision."""
    clock.tick(datetime.now(UTC))
