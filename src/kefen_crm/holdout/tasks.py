"""Background jobs of the holdout."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.holdout import actions, results


@app.task(name=actions.DRAW)
def draw() -> None:
    """Draw whom outreach leaves alone, or have new customers take part."""
    actions.draw()


@app.task(name=results.MEASURE)
def measure(year: int) -> None:
    """Measure what the outreach of a year brought."""
    results.measure(year)
