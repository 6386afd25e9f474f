"""Background jobs of the proof room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.evaluation import actions


@app.task(name=actions.ANSWER)
def answer(pk: int) -> None:
    """Answer a study."""
    actions.answer(pk)
