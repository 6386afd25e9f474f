"""Background jobs of credit."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.credit import refreshing


@app.task(name=refreshing.REFRESH)
def refresh() -> None:
    """Reckon all accounts anew."""
    refreshing.refresh()
