"""Background jobs of the customers' pages."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.customer_pages import files
from kefen_crm.customer_pages.models import WRITE_FILE


@app.task(name=WRITE_FILE)
def write_file(pk: int) -> None:
    """Write a list of customers to a file."""
    files.make(pk)
