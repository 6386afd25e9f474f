"""Puts a demo company into a ledger: one batch a kind, and none that is there already."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kefen.demo.catalogue import company as find
from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen.demo.company import Company, Frames
    from kefen.ledger import Batch, Ledger
    from kefen.ledger.progress import Progress

SEED = 20260101
CUSTOMERS = 3000
_LEAST = 50


def frames(company: str | Company, *, seed: int = SEED, customers: int = CUSTOMERS) -> Frames:
    """The facts of a company, one Polars frame a kind, with the columns of that kind.

    Raises:
        KefenError: `unknown-company`, `demo-company-size`, or `demo-data-missing` when the
            package that carries a real company's data is not installed.
    """
    found = find(company)
    if found.invented and customers < _LEAST:
        raise KefenError("demo-company-size", customers=customers, least=_LEAST)
    return found.frames(seed, customers)


def load(
    ledger: Ledger,
    company: str | Company,
    progress: Callable[[Progress], None] | None = None,
    *,
    seed: int = SEED,
    customers: int = CUSTOMERS,
) -> list[Batch]:
    """Import a company's facts, and return the batches made; none when all were there.

    Every kind is a batch of its own, so a load that was interrupted goes on where it stopped.
    An empty ledger takes on the company's currency.
    """
    found = find(company)
    there = {batch.source for batch in ledger.history() if batch.status == "committed"}
    names = {kind: _file_name(found, kind, seed, customers) for kind in found.kinds}
    wanted = [kind for kind in found.kinds if names[kind] not in there]
    if not wanted:
        return []
    if not ledger.version:
        ledger.change_settings(currency=found.currency)
    with tempfile.TemporaryDirectory(prefix="kefen-demo-") as folder:
        files = {kind: Path(folder) / names[kind] for kind in wanted}
        facts = frames(found, seed=seed, customers=customers)
        for kind, path in files.items():
            facts.pop(kind).write_parquet(path)
        facts.clear()
        return [
            ledger.load(path, kind=kind, by="demo", note=found.title["zh"], progress=progress)
            for kind, path in files.items()
        ]


def _file_name(company: Company, kind: str, seed: int, customers: int) -> str:
    """The name a batch is known by: another size or seed is another set of facts."""
    sort = f"-{customers}-{seed}" if company.invented else ""
    return f"{company.name}{sort}-{kind}.parquet"
