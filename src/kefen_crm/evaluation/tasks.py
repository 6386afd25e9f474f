"""Background jobs of the proof room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.evaluation import actions
from kefen_crm.evaluation.models import ANSWER


@app.task(name=ANSWER)
def answer(pk: int) -> None:
    """Answer a study."""
    actions.answer(pk)
