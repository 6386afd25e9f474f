"""Which imports tell of a customer, by what each of them keeps of customers on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.aliases import Aliases
from kefen.ledger.undo import customers_file

if TYPE_CHECKING:
    from collections.abc import Collection

    from kefen.ledger.store import Ledger


def known_by_others(ledger: Ledger, customers: Collection[str], note: str) -> set[str]:
    """Those of the customers that a standing import tells of whose remark is not `note`.

    By its rows of customers, or by any fact about them or about those merged into them.
    """
    claims = ledger.folder / "claims"
    files = [
        customers_file(claims, batch.id)
        for batch in ledger.history()
        if batch.status == "committed" and batch.note != note
    ]
    there = [file for file in files if file.exists()]
    if not there or not customers:
        return set()
    aliases = Aliases(ledger.aliases)
    asked = aliases.members(customers)["_code"]
    told = pl.scan_parquet(there).select("customer_id")
    found = told.filter(pl.col("customer_id").is_in(asked.to_list())).unique().collect()
    return {aliases.code(code) for code in found.get_column("customer_id")}
