"""Background jobs of the receivables."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.receivables import applying, refreshing


@app.task(name=refreshing.REFRESH)
def refresh() -> None:
    """Look at the ledger again."""
    refreshing.refresh()


@app.task(name=applying.FOLLOW)
def follow_payments() -> None:
    """See whether an import brought applied payments again."""
    applying.follow_payments()
