"""What the ledger said of each customer when they were last brought up to it.

The database has the name of the snapshot that its customers are of, until one is deleted; the
snapshot itself is a file of each customer's code and a hash of what was brought. Without either,
everybody is brought again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.gateway.ledger import Ledger

_NAME: Final = "{}.parquet"


@dataclass(frozen=True)
class About:
    """What customers as they were brought depend on.

    Attributes:
        facts: the step of the ledger and the day of the figures.
        basis: the programs, and whom owners named by the data are.
    """

    facts: str
    basis: str

    @classmethod
    def of(cls, ledger: Ledger, as_of: date, people: Iterable[tuple[object, ...]]) -> About:
        """What customers depend on now."""
        told = json.dumps([version("kefen"), pl.__version__, sorted(map(str, people))])
        step = f"{ledger.version} {ledger.step(ledger.version)} {as_of}"
        return cls(step, hashlib.sha256(told.encode()).hexdigest())

    def version(self) -> tuple[int, str, date]:
        """The version of the ledger, its step, and the day of the figures."""
        version, step, day = self.facts.split(" ")
        return int(version), step, date.fromisoformat(day)


@dataclass(frozen=True)
class Snapshot:
    """The customers as they were last brought, `customers` in number."""

    name: str
    about: About
    customers: int

    def rows(self) -> pl.DataFrame | None:
        """`code` and `hash` of each; None where the file is gone."""
        try:
            return pl.read_parquet(_folder() / _NAME.format(self.name))
        except (OSError, pl.exceptions.PolarsError):
            return None


def last() -> Snapshot | None:
    """The snapshot that the site's customers are of; None where they are of none."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        row = cursor.fetchone()
    if row is None:
        return None
    name, facts, basis, customers = row
    return Snapshot(name, About(facts, basis), customers)


def hashed(frame: pl.DataFrame) -> pl.DataFrame:
    """`code` and `hash` of what is brought of each customer."""
    names = sorted(frame.columns)
    return frame.select("code").with_columns(hash=frame.select(names).hash_rows(seed=7))


def keep(about: About, rows: pl.DataFrame) -> None:
    """Have the site's customers be of these rows, once the transaction is done."""
    name = secrets.token_hex(8)
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(folder / _NAME.format(name))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_synchronised")
        cursor.execute(_KEEP, [name, about.facts, about.basis, rows.height])


def clear() -> None:
    """Remove the files of snapshots that no customers are of."""
    snapshot = last()
    for path in _folder().glob(_NAME.format("*")):
        if snapshot is None or path.stem != snapshot.name:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.KEFEN_DATA) / "cache" / "customers"


_LAST = "SELECT name, facts, basis, customers FROM customers_synchronised"
_KEEP = """
    INSERT INTO customers_synchronised (name, facts, basis, customers) VALUES (%s, %s, %s, %s)
"""
