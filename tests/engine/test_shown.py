"""Every result shows itself: in few lines in a shell, as tables, as frames, as charts."""

from __future__ import annotations

import builtins
from typing import Any

import polars as pl
import pytest

import kefen
from kefen import schemes

DAYS = [f"{year}-{month:02}-15" for year in (2023, 2024) for month in range(1, 13)]


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """Sixty customers buy 10, 20, … 600 a month for two years; the last fifteen stop after one."""
    sales = [
        {"customer": f"C{n:02}", "order date": day, "amount": 10 * n}
        for n in range(1, 61)
        for day in (DAYS if n < 46 else DAYS[:12])
    ]
    ledger = kefen.from_frames(orders=pl.DataFrame(sales))
    before, after = (kefen.grade(ledger, "abc", as_of=day) for day in ("2024-01-01", "2025-01-01"))
    groups = [
        {"customer_id": f"C{n:02}", "group": ("treated", "holdout")[n % 2], "outcome": n % 7}
        for n in range(1, 61)
    ]
    weighted = kefen.grade(ledger, "weighted", as_of="2025-01-01")
    return {
        "ledger": ledger,
        "check": ledger.check(pl.DataFrame(sales[:50])),
        "scheme": after.scheme,
        "run": after,
        "frame": after.classes,
        "explanation": after.explain("C45"),
        "comparison": kefen.compare(before, after),
        "agreement": kefen.agreement(after, weighted),
        "readiness": kefen.readiness(ledger),
        "sensitivity": kefen.sensitivity(weighted),
        "backtest": kefen.backtest(ledger, ["abc", "value-tiers"], periods=2),
        "scorecard": kefen.scorecard(before, experiment=pl.DataFrame(groups)),
        "experiment": kefen.scorecard(before, experiment=pl.DataFrame(groups)).experiment,
    }


def test_no_result_takes_more_than_twenty_lines(results: dict[str, Any]) -> None:
    long = {name: repr(one) for name, one in results.items() if len(repr(one).splitlines()) > 20}
    assert long == {}
    widest = max(len(line) for one in results.values() for line in repr(one).splitlines())
    assert widest < 400


def test_every_result_is_a_table_in_a_notebook(results: dict[str, Any]) -> None:
    assert [name for name, one in results.items() if "<table>" not in one._repr_html_()] == []


def test_every_result_is_a_frame(results: dict[str, Any]) -> None:
    frames = {name: one.to_polars() for name, one in results.items()}
    assert [name for name, frame in frames.items() if not frame.height] == []
    assert frames["run"].height == 60
    assert dict(frames["ledger"].iter_rows()) == {"customers": 60, "orders": 45 * 24 + 15 * 12}
    assert frames["comparison"]["customers"].sum() == 60
    pandas = results["comparison"].to_pandas(money="float")
    assert pandas["value after"].sum() == pytest.approx(12 * 10 * sum(range(1, 46)))


def test_runs_comparisons_backtests_and_scorecards_draw_themselves(
    results: dict[str, Any],
) -> None:
    pytest.importorskip("altair")
    drawn = {
        "classes": results["run"].plot(),
        "curve": results["run"].plot("curve"),
        "comparison": results["comparison"].plot(),
        "outcomes": results["backtest"].plot(),
        "gains": results["backtest"].plot("gains"),
        "scorecard": results["scorecard"].plot(),
    }
    documents = {name: chart.to_dict() for name, chart in drawn.items()}
    bars = documents["classes"]["data"]["values"]
    assert {row["class"] for row in bars} >= {"A", "B", "C"}
    assert sum(row["share"] for row in bars if row["measure"] == "customers") == pytest.approx(1)
    assert all("vega-lite" in document["$schema"] for document in documents.values())


def test_without_altair_the_extra_is_named(
    results: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "altair":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(kefen.KefenError, match=r"pip install 'kefen\[plot\]'"):
        results["run"].plot()


def test_a_scheme_of_many_classes_stays_short(results: dict[str, Any]) -> None:
    words = {"zh": "甲", "en": "A"}
    classes = [{"key": f"k{n}", "title": words, "at_least": 7000 - 100 * n} for n in range(40)]
    document = {
        "name": "many",
        "title": words,
        "method": "threshold",
        "indicator": "sales",
        "classes": [*classes, {"key": "rest", "title": words}],
    }
    run = kefen.grade(results["ledger"], document, as_of="2025-01-01")
    assert len(repr(run).splitlines()) == 20
    assert len(str(schemes.load(document)).splitlines()) <= 20
