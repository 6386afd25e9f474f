"""Background jobs of loyalty."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.loyalty import landing


@app.task(name=landing.LAND)
def land() -> None:
    """Have orders and returns give points."""
    landing.land()
