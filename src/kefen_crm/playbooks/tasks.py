"""Background jobs of the playbooks."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.platform.queue import QUICK, SOON
from kefen_crm.playbooks import commitments, live_plays, trials


@app.task(name=commitments.FOLLOW)
def follow() -> None:
    """Have what customers are promised follow their classes and the playbooks."""
    commitments.follow()


@app.task(name=live_plays.FOLLOW, queue=QUICK, priority=SOON)
def follow_live(*, runs: bool = True) -> None:
    """Plan what moves of live classes ask for, and of runs where one took over."""
    live_plays.follow(runs=runs)


@app.task(name=trials.MEASURE)
def measure() -> None:
    """Measure what plays brought against the customers that they left out."""
    trials.measure()
