"""Background jobs of contacts."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.contacts import brought


@app.task(name=brought.FOLLOW)
def follow() -> None:
    """Note what imports bring instead of what people wrote."""
    brought.follow()
