"""`kefen settings`: show, change, refuse, and tell where the environment disagrees."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_show_and_change(shell: Any) -> None:
    changed = shell("settings", "--company", "明达贸易", "--currency", "usd", "--json")
    assert changed.exit_code == 0
    kept = json.loads(shell("settings", "--json").stdout)
    assert (kept["company"], kept["currency"]) == ("明达贸易", "USD")
    assert "明达贸易" in shell("settings").stdout


def test_the_currency_of_amounts_that_landed_is_refused(company: Any) -> None:
    refused = company("settings", "--currency", "EUR")
    assert refused.exit_code == 1
    assert "--relabel" in refused.stderr
    assert company("settings", "--currency", "EUR", "--relabel").exit_code == 0


def test_a_variable_that_disagrees_is_told(
    company: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFEN_CURRENCY", "USD")
    assert "KEFEN_CURRENCY says USD" in company("settings").stderr
    more = tmp_path / "more.csv"
    more.write_text("客户名称,下单日期,金额\n明达,2025-03-02,9\n", "utf-8")
    assert "KEFEN_CURRENCY says USD" in company("import", more).stderr
