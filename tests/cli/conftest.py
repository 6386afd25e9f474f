"""The shell under test: one data directory a test, and a company small enough to grade by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from kefen.cli import app

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = """订单号,客户编号,客户名称,下单日期,金额
1,K1,明达,2025-03-01,400
2,K1,明达,2025-12-31,300
3,K2,大华,2025-06-01,200
4,K3,小宝,2025-07-01,60
5,K4,新元,2025-08-01,40
"""
"""Of 1,000: K1 70 % (A), K2 to 90 % (B), K3 to 96 % and K4 (C)."""


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, encoding="utf-8")
    return file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def shell(data: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("KEFEN_DATA", str(data))
    monkeypatch.setenv("KEFEN_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Any:
        return CliRunner().invoke(app, [str(part) for part in arguments])

    return run


@pytest.fixture
def company(shell: Any, orders: Path) -> Any:
    """The shell with the orders in its ledger."""
    assert shell("import", orders).exit_code == 0
    return shell
