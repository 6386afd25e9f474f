"""Puts a demo company into a ledger: one batch a kind, and none that is there already."""

from __future__ import annotations

import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kefen.demo.catalogue import company as find
from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from kefen.demo.company import Company, Frames
    from kefen.ledger import Batch, Ledger
    from kefen.ledger.progress import Progress

SEED = 20260101
CUSTOMERS = 3000
_LEAST = 50


def frames(
    company: str | Company,
    *,
    seed: int = SEED,
    customers: int = CUSTOMERS,
    as_of: date | None = None,
) -> Frames:
    """The facts of a company, one Polars frame a kind, with the columns of that kind.

    An invented company's facts end on the day before `as_of`, by default `Company.as_of`.

    Raises:
        KefenError: `unknown-company`, `demo-company-size`, or `demo-data-missing` when the
            package that carries a real company's data is not installed.
    """
    found = find(company)
    if found.invented and customers < _LEAST:
        raise KefenError("demo-company-size", customers=customers, least=_LEAST)
    if not found.invented:
        return found.frames(seed, customers)
    return found.frames(seed, customers, as_of or found.as_of)


def load(
    ledger: Ledger,
    company: str | Company,
    progress: Callable[[Progress], None] | None = None,
    *,
    seed: int = SEED,
    customers: int = CUSTOMERS,
    as_of: date | None = None,
) -> list[Batch]:
    """Import a company's facts, and return the batches made; none when all were there.

    Every kind is a batch of its own, so a load that was interrupted goes on where it stopped.
    An empty ledger takes on the company's name and currency. Facts of an invented company that are
    there already end when they do, whatever `as_of` is now.
    """
    found = find(company)
    there = {batch.source for batch in ledger.history() if batch.status == "committed"}
    stem = _stem(found, seed, customers)
    end = _end(there, stem) or as_of or found.as_of
    names = {kind: _file_name(found, stem, kind, end) for kind in found.kinds}
    wanted = [kind for kind in found.kinds if names[kind] not in there]
    if not wanted:
        return []
    if not ledger.version:
        name = found.title["zh" if found.currency == "CNY" else "en"]
        ledger.change_settings(currency=found.currency, company=name)
    with tempfile.TemporaryDirectory(prefix="kefen-demo-") as folder:
        files = {kind: Path(folder) / names[kind] for kind in wanted}
        facts = frames(found, seed=seed, customers=customers, as_of=end)
        for kind, path in files.items():
            facts.pop(kind).write_parquet(path)
        facts.clear()
        return [
            ledger.load(path, kind=kind, by="demo", note=found.title["zh"], progress=progress)
            for kind, path in files.items()
        ]


def _stem(company: Company, seed: int, customers: int) -> str:
    """What the names of its batches begin with: another size or seed is another set of facts."""
    return f"{company.name}-{customers}-{seed}" if company.invented else company.name


def _file_name(company: Company, stem: str, kind: str, end: date) -> str:
    """The name a batch is known by; it says the end only where that is not the usual one."""
    day = "" if end == company.as_of or not company.invented else f"-to-{end:%Y%m%d}"
    return f"{stem}{day}-{kind}.parquet"


def _end(there: Iterable[str], stem: str) -> date | None:
    """The day after the last facts of this set that are in the ledger; None without any."""
    for name in there:
        if found := re.match(rf"{re.escape(stem)}-to-(\d{{8}})-", name):
            return datetime.strptime(found[1], "%Y%m%d").date()  # noqa: DTZ007  # a day
    return None
