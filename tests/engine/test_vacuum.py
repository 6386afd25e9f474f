"""A vacuum removes what no version needs, and nothing that a run or an undo looks at."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen.backup import Backup, restore, write
from kefen.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path


def orders(amount: int) -> pl.DataFrame:
    rows = [
        {"order_id": str(n), "customer_id": f"C{n}", "ordered_on": "2025-01-03", "amount": amount}
        for n in range(3)
    ]
    return pl.DataFrame(rows)


def people(name: str) -> pl.DataFrame:
    return pl.DataFrame([{"customer_id": f"C{n}", "name": f"{name}{n}"} for n in range(3)])


def amounts(ledger: kefen.Ledger) -> list[int]:
    return sorted(map(int, ledger.table("orders").to_polars()["amount"]))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Orders replaced once, then the customers' names three times: five versions."""
    path = tmp_path / "data"
    with kefen.open(path) as ledger:
        for amount in (1, 2):
            ledger.load(orders(amount), "orders")
        for name in ("甲", "乙", "丙"):
            ledger.load(people(name), "customers")
    return path


def files(data: Path) -> int:
    return len(list(data.glob("ledger/facts/*/part-*.parquet")))


def test_young_versions_stay(data: Path) -> None:
    with kefen.open(data) as ledger:
        assert kefen.vacuum(ledger).files == 0
        assert amounts(ledger.at(1)) == [1, 1, 1]


def test_old_versions_go_and_every_import_can_be_taken_back(data: Path, tmp_path: Path) -> None:
    with kefen.open(data) as ledger:
        before = files(data)
        done = kefen.vacuum(ledger, days=0)
        assert done.files > 0
        assert files(data) == before - done.files
        assert kefen.vacuum(ledger, days=0).files == 0
        assert amounts(ledger) == [2, 2, 2]
        assert amounts(ledger.at(1)) == [1, 1, 1]
        with pytest.raises(LedgerError, match="version-cleared"):
            ledger.at(3).table("customers")
    for place in range(5):
        copy = shutil.copytree(data, tmp_path / str(place))
        with kefen.open(copy) as ledger:
            ledger.undo(ledger.history()[place].id)
            assert amounts(ledger) == ([1, 1, 1] if place == 1 else [2, 2, 2])
            names = ledger.table("customers").to_polars()["name"].drop_nulls()
            assert set(names) == set(people("乙" if place == 4 else "丙")["name"])


def test_what_a_run_was_made_of_stays(data: Path) -> None:
    with kefen.open(data) as ledger:
        run = kefen.grade(ledger.at(3), "abc", "2025-02-01")
        kefen.vacuum(ledger, days=0)
        assert run.ledger_version == 3
        assert set(ledger.at(3).table("customers").to_polars()["name"]) == set(people("甲")["name"])
        with pytest.raises(LedgerError, match="version-cleared"):
            ledger.at(4).table("customers")


def test_imports_go_on_and_backups_are_whole(data: Path, tmp_path: Path) -> None:
    with kefen.open(data) as ledger:
        kefen.vacuum(ledger, days=0)
        ledger.load(orders(3), "orders")
        assert amounts(ledger) == [3, 3, 3]
    with Backup(write(data, tmp_path / "one.zip").path) as backup:
        restore(backup, tmp_path / "new")
    with kefen.open(tmp_path / "new") as ledger:
        assert amounts(ledger) == [3, 3, 3]
        with pytest.raises(LedgerError, match="version-cleared"):
            ledger.at(3).table("customers")
