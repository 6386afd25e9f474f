"""Background jobs of the receivables."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.receivables import refreshing


@app.task(name=refreshing.REFRESH)
def refresh() -> None:
    """Look at the ledger again."""
    refreshing.refresh()
