"""Which customers an import tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen.errors import KefenError
from kefen.ledger.undo import customers_file
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from datetime import datetime


def customers_of(batch: str) -> tuple[datetime | None, set[str]]:
    """When a standing import landed, and the codes of the customers that it tells of.

    None and nobody where there is no such import, or it was taken back.
    """
    with opened() as ledger:
        try:
            found = ledger.batch(batch)
        except KefenError:
            return None, set()
        file = customers_file(ledger.folder / "claims", found.id)
        if found.status != "committed" or not file.exists():
            return None, set()
        codes = pl.read_parquet(file, columns=["customer_id"]).get_column("customer_id")
        return found.at, set(codes.to_list())
