"""Background jobs of uplift."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.uplift import actions
from kefen_crm.uplift.models import LEARN


@app.task(name=LEARN)
def learn(pk: int) -> None:
    """Learn from campaigns."""
    actions.learn(pk)
