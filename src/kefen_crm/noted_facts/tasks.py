"""Background jobs of facts noted by hand."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.noted_facts import same


@app.task(name=same.LOOK)
def look() -> None:
    """Find the facts that imports brought, too."""
    same.look()
