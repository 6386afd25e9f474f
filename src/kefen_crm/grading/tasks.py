"""Background jobs of the grading room."""

from __future__ import annotations

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
