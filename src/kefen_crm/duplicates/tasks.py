"""Background jobs about duplicates."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.duplicates import finding


@app.task(name=finding.FIND)
def find() -> None:
    """Look for likely duplicates among all customers."""
    finding.find()
