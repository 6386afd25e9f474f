"""The rows of orders that may have further rows in the batches to come."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

_ROWS = 100_000
"""How far back an order's first row may stand, beside the rows of the same batch."""


@dataclass
class Orders:
    """What the rows of the last batches say of their orders, and the number of the last order."""

    batches: list[pl.DataFrame] = field(default_factory=list)
    last: str | None = None

    def keep(self, rows: pl.DataFrame) -> None:
        """Add the rows of a batch, and forget those too far back."""
        self.batches.append(rows)
        while sum(batch.height for batch in self.batches[1:]) > _ROWS:
            del self.batches[0]

    def of(self, ids: pl.Series) -> pl.DataFrame:
        """These rows of the last batches and all that belong to the same orders."""
        wanted = ids.drop_nulls().unique().implode()
        found = [batch.filter(pl.col("id").is_in(wanted)) for batch in self.batches]
        return pl.concat(found, how="diagonal_relaxed")
