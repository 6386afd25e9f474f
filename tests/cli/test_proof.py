"""readiness, backtest, scorecard, agree and sensitivity on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kefen.wording import catalogue

if TYPE_CHECKING:
    from pathlib import Path


def answered(done: Any) -> Any:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_readiness(company: Any) -> None:
    told = answered(company("readiness", "--span", 2, "--json"))
    assert told["findings"][0]["figures"][0]["value"] == 4  # K1 to K4 bought
    shown = company("readiness", "--lang", "zh")
    assert "复购" in shown.stdout
    assert "不足" in shown.stdout


def test_backtest(company: Any) -> None:
    words = ("backtest", "abc", "rfm", "--date", "2025-07-15", "--horizon", "170d")
    told = answered(company(*words, "--json"))
    assert told["dates"] == ["2025-07-15"]
    assert [one["scheme"]["name"] for one in told["schemes"]] == ["abc", "rfm"]
    shown = company(*words)
    assert "What each class went on to do: ABC analysis" in shown.stdout
    assert "by past sales" in shown.stdout


def test_backtest_refuses_a_horizon_that_is_not_over(company: Any) -> None:
    done = company("backtest", "abc", "--date", "2025-12-01", "--horizon", "3m")
    assert done.exit_code == 1
    assert "sales are known only to 2025-12-31" in done.stderr


def test_scorecard(company: Any, tmp_path: Path) -> None:
    table = tmp_path / "test.csv"
    table.write_text("customer_id,group,outcome\nK1,treated,5\nK2,holdout,3\n")
    told = answered(company("scorecard", "abc", "--experiment", table, "--json"))
    assert [one["name"] for one in told["criteria"]] == [
        *("measurable", "substantial", "reachable", "responding"),
    ]
    assert told["experiment"]["unknown"] == 0
    shown = company("scorecard", "abc", "--lang", "zh")
    assert "可触达" in shown.stdout


def test_agree(company: Any) -> None:
    told = answered(company("agree", "abc", "value-tiers", "--json"))
    assert told["customers"] == 4
    assert told["weighted_kappa"] is not None
    run = told["before"]["run"]
    assert answered(company("agree", run, run, "--json"))["adjusted_rand"] == 1
    assert "adjusted Rand" in company("agree", "abc", "value-tiers").stdout


def test_sensitivity(company: Any) -> None:
    told = answered(company("sensitivity", "weighted", "--json"))
    assert len(told["weights"]) == 6
    assert "Growth of sales" in company("sensitivity", "weighted").stdout
    refused = company("sensitivity", "abc")
    assert refused.exit_code == 1
    assert "only a weighted scheme" in refused.stderr


def test_compare_tells_the_shift(company: Any) -> None:
    told = answered(
        company(
            "compare", "--scheme", "abc", "--from", "2025-07-15", "--to", "2026-01-01", "--json"
        )
    )
    assert told["psi"] >= 0
    assert {"class", "before", "after", "psi"} == set(told["shares"][0])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_finding_has_its_words(lang: str) -> None:
    """Each title comes with what is told for every verdict, and with what to change."""
    words = catalogue()
    codes = [
        code.removesuffix("-title")
        for code in words
        if code.endswith("-title") and code.startswith(("readiness-", "scorecard-"))
    ]
    assert len(codes) == 20
    # Who is in the table but not in the run is told, and says nothing of the classes.
    only_told = {"scorecard-strangers": ("unknown", "todo")}
    for code in codes:
        for part in only_told.get(code, ("good", "fair", "poor", "unknown", "todo")):
            assert words[f"{code}-{part}"][lang]
