"""Background jobs of custom fields."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.custom_fields import imported


@app.task(name=imported.LAND)
def land() -> None:
    """Have the ledger say values by the names and in the form of their fields."""
    imported.land()
