"""Whom experiments show to be changed by treating: the engine's uplift classes, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from kefen import evaluate, pictures
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

LEAST = 200
"""Treated, and left alone, below which nothing is learned."""


def table(rows: pl.DataFrame, began: date) -> pl.DataFrame:
    """Customers by `customer_id`, `treated` as the table of an experiment that began on a day."""
    group = pl.when("treated").then(pl.lit("treated")).otherwise(pl.lit("holdout"))
    return rows.select("customer_id", group=group, date=pl.lit(began))


def learned(experiments: Sequence[pl.DataFrame], days: int) -> dict[str, Any]:
    """What experiments, of outcomes over so many days, say: told, pictures, and the scheme if any.

    Raises:
        RunError: as `kefen.uplift_classes`.
    """
    with opened() as ledger:
        found = evaluate.uplift_classes(ledger, list(experiments), horizon=f"{days}d")
    return {
        "told": found.to_dict(),
        "pictures": {"qini": pictures.qini(found)},
        "document": found.document() if found.verdict == "proven" else None,
    }
