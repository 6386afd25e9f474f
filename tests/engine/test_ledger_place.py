"""The right folder is opened, or the person is told which one is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = pl.DataFrame({"客户名称": ["明达"], "下单日期": ["2025-01-03"], "金额": ["120"]})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with one order."""
    folder = tmp_path / "company"
    kefen.open(folder).load(ORDERS, "orders")
    return folder


@pytest.mark.parametrize("inside", ["ledger", "ledger/facts", "ledger/facts/orders"])
def test_a_folder_within_a_ledger_names_the_data_directory(data: Path, inside: str) -> None:
    before = sorted(data.rglob("*"))
    with pytest.raises(LedgerError, match="ledger-folder-itself") as refused:
        kefen.open(data / inside)
    assert refused.value.data["meant"] == str(data)
    assert sorted(data.rglob("*")) == before


def test_the_folder_above_names_the_data_directories_below(data: Path, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="data-further-down") as refused:
        kefen.open(tmp_path)
    assert refused.value.data["meant"] == [str(data)]


def test_a_folder_of_other_things_is_no_empty_ledger(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    ledger = kefen.open(tmp_path)
    with pytest.raises(LedgerError, match="no-kefen-data") as refused:
        ledger.count("orders")
    assert refused.value.data["found"] == ["photo.jpg"]
    with pytest.raises(LedgerError, match="no-kefen-data"):
        kefen.grade(ledger, "abc", as_of="2026-01-01")
    assert ledger.check(ORDERS, "orders").added == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["photo.jpg"]
    assert ledger.load(ORDERS, "orders").added == 1


def test_a_missing_folder_is_refused_where_data_are_expected(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no-data-folder"):
        kefen.open(tmp_path / "nowhere", existing=True)
    with pytest.raises(LedgerError, match="no-data-folder"):
        kefen.grade(kefen.open(tmp_path / "nowhere"), "abc", as_of="2026-01-01")
    (tmp_path / "empty").mkdir()
    assert kefen.open(tmp_path / "empty", existing=True).version == 0
