"""Background jobs of leads."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.leads import versions
from kefen_crm.leads.models import LEARN


@app.task(name=LEARN)
def learn(pk: int) -> None:
    """Learn what converts."""
    versions.learn(pk)
