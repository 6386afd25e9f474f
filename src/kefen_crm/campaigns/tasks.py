"""Background jobs of campaigns."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.campaigns import results, running


@app.task(name=running.GO_ON)
def go_on(campaign: int) -> None:
    """Do what is due of a campaign."""
    running.go_on(campaign)


@app.task(name=results.MEASURE)
def measure(campaign: int) -> None:
    """Measure what a campaign brought."""
    results.measure(campaign)
