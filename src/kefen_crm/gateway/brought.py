"""Which customers an import tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen.errors import KefenError
from kefen.ledger.undo import customers_file
from kefen_crm.gateway.feeding import SITE
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from datetime import datetime

    from kefen.ledger.records import Batch


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


def version_of(batch: str) -> int:
    """The version of the ledger that a standing import made; 0 where there is no such import."""
    with opened() as ledger:
        found = (one.version for one in ledger.history() if one.id == batch and _stands(one))
        return next(found, 0)


def newest_import() -> int:
    """The version of the newest import that stands; 0 without any. What the site wrote is none."""
    with opened() as ledger:
        return max((one.version for one in ledger.history() if _is_import(one)), default=0)


def _is_import(batch: Batch) -> bool:
    return _stands(batch) and batch.note != SITE


def _stands(batch: Batch) -> bool:
    return batch.status == "committed"
