"""Small ledgers written as text, and what indicators make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen.indicators import Request, compute
from kefen.period import Window

if TYPE_CHECKING:
    from datetime import date

    import kefen


def rows(text: str, *columns: str) -> pl.DataFrame:
    """A frame of words; `-` is nothing."""
    cells = [[None if c == "-" else c for c in line.split()] for line in text.strip().splitlines()]
    return pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String), orient="row")


def by_customer(
    ledger: kefen.Ledger, names: list[str], as_of: date, window: str = "12m"
) -> pl.DataFrame:
    """The indicators of these names, in order of customer."""
    requests = [Request(name, Window.parse(window)) for name in names]
    return compute(ledger, requests, as_of).order_by("customer_id").to_polars()
