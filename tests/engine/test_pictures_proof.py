"""What the pictures of evaluations hold."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

import kefen
from kefen import pictures
from kefen.evaluate import experiment
from kefen.evaluate.calibration import calibrate

AS_OF = date(2026, 1, 1)
SALES = [
    *(("K1", "2025-03-01", 400), ("K1", "2025-12-31", 300), ("K2", "2025-06-01", 200)),
    *(("K3", "2025-07-01", 60), ("K4", "2025-08-01", 40), ("K4", "2025-12-01", 10)),
]


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    names, days, amounts = zip(*SALES, strict=True)
    orders = pl.DataFrame({"customer_id": names, "ordered_on": days, "amount": amounts})
    return kefen.from_frames(orders=orders)


@pytest.fixture(scope="module")
def backtest(ledger: kefen.Ledger) -> kefen.Backtest:
    return kefen.backtest(ledger, ["abc", "weighted"], ["2025-09-01"], horizon="4m")


@pytest.fixture(scope="module")
def abc(ledger: kefen.Ledger) -> kefen.Run:
    return kefen.grade(ledger, "abc", AS_OF)


@pytest.fixture(scope="module")
def weighted(ledger: kefen.Ledger) -> kefen.Run:
    return kefen.grade(ledger, "weighted", AS_OF)


def sound(picture: dict[str, Any]) -> dict[str, Any]:
    """JSON, with every text in both languages."""
    document: dict[str, Any] = json.loads(json.dumps(picture))
    assert not document["empty"]
    assert set(document["title"]) == {"zh", "en"}
    return document


def test_gains_of_all_schemes_and_past_sales(backtest: kefen.Backtest) -> None:
    picture = sound(pictures.gains(backtest))
    titles = [series["title"]["en"] for series in picture["series"]]
    assert titles == [
        *("ABC analysis", "Weighted score"),
        *("By past twelve months' sales", "By the outcome itself (hindsight)"),
    ]
    # Of the 310 that came K1, first by past sales, brought 300; K4, the last, 10.
    assert picture["series"][0]["points"][:2] == [[0, 0], [0.25, pytest.approx(300 / 310)]]


def test_outcomes_of_each_class(backtest: kefen.Backtest) -> None:
    picture = sound(pictures.outcomes(backtest, "abc"))
    assert picture["title"]["en"] == "Sales each in 4 months"
    assert [(item["title"]["en"], item["value"]) for item in picture["items"]] == [
        ("Class A", 300),
        ("Class B", 0),
        ("Class C", 10),
    ]
    assert picture["items"][0]["drill"] == "class=abc:A"
    assert pictures.outcomes(backtest, "abc", "retention")["items"][1]["value"] == 0
    assert pictures.outcomes(backtest, "abc", "overdue_rate")["empty"]


def test_power_on_each_date(backtest: kefen.Backtest) -> None:
    picture = sound(pictures.ginis(backtest))
    assert picture["x"] == ["2025-09-01"]
    assert len(picture["series"]) == 3


def test_calibration_on_the_diagonal() -> None:
    import numpy as np

    found = calibrate(np.array([0.2, 0.8]), np.array([0.0, 1.0]), "churn_probability", "left")
    picture = sound(pictures.calibration(found))
    assert picture["series"][0]["points"] == [[0.2, 0], [0.8, 1]]
    assert picture["series"][0]["sizes"] == [1, 1]


def test_lorenz(ledger: kefen.Ledger) -> None:
    picture = sound(pictures.lorenz(kefen.readiness(ledger, AS_OF)))
    assert picture["series"][0]["points"][0] == [0, 0]
    assert picture["series"][0]["points"][-1] == [1, 1]


def test_transitions_drill_to_those_who_moved(ledger: kefen.Ledger, abc: kefen.Run) -> None:
    before = kefen.grade(ledger, "abc", date(2025, 8, 1))
    picture = sound(pictures.transitions(kefen.compare(before, abc)))
    [kept] = [c for c in picture["cells"] if c["drill"] == "moved=abc:A>A"]
    assert (kept["customers"], kept["share"], kept["same"]) == (1, 1, True)
    rows = [kind["key"] for kind in picture["rows"]["classes"]]
    assert rows[0] == "A"


def test_overlap_drills_to_those_in_both(abc: kefen.Run, weighted: kefen.Run) -> None:
    picture = sound(pictures.overlap(kefen.agreement(abc, weighted)))
    cell = picture["cells"][0]
    assert cell["drill"] == "class=abc:A&class=weighted:A"
    assert sum(one["customers"] for one in picture["cells"]) == 4


def test_flow_between_two_schemes_keeps_their_classes_apart(
    abc: kefen.Run, weighted: kefen.Run
) -> None:
    picture = sound(pictures.migration(kefen.compare(abc, weighted)))
    keys = {kind["key"]: kind["title"]["en"] for kind in picture["classes"]}
    assert (keys["from.A"], keys["to.A"]) == ("Class A", "Grade A")
    assert picture["links"][0]["drill"] == "class=abc:A&class=weighted:A"


def test_sensitivity_goes_through_zero(weighted: kefen.Run) -> None:
    picture = sound(pictures.sensitivity(kefen.sensitivity(weighted)))
    assert len(picture["series"]) == 6
    assert [0, 0] in picture["series"][0]["points"]


def test_uplift_by_class(abc: kefen.Run) -> None:
    table = {"customer_id": ["K3", "K4"], "group": ["treated", "holdout"], "outcome": [5, 3]}
    picture = sound(pictures.uplift(experiment(abc, table), abc.scheme))
    assert [(item["title"]["en"], item["value"]) for item in picture["items"]] == [("Class C", 2)]
