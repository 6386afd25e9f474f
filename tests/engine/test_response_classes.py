"""Uplift classes: known lifts are found, none is made up, and the scheme grades like others."""

from datetime import date

import numpy as np
import pytest
from tests.engine.trials import BASE, LIFT, company, hillstrom

import kefen
from kefen.errors import KefenError, RunError
from kefen.evaluate.response_classes import classes_of
from kefen.predict.uplift import qini


def test_qini_is_that_of_radcliffe_by_hand():
    """Eight customers in four places, two at each: a treated one and one left alone.

    Treated respond 1, 1, 0, 1, those left alone 0, 1, 0, 1. Gains R_t − R_c · N_t ÷ N_c, of 4
    treated: 1, 1, 1, 1 over 4, so 0.25 at each quarter. The area is 0.25 · 0.125 + 0.75 · 0.25 =
    0.21875; below the straight line to 0.25 it is 0.125.
    """
    score = np.repeat([4.0, 3.0, 2.0, 1.0], 2)
    treated = np.tile([True, False], 4)
    outcome = np.array([1, 0, 1, 1, 0, 0, 1, 1], dtype=float)
    found = qini(score, treated, outcome, resamples=200)
    assert found.shares == (0, 0.25, 0.5, 0.75, 1)
    assert found.gains == (0, 0.25, 0.25, 0.25, 0.25)
    assert found.auuc == pytest.approx(0.21875)
    assert found.value == pytest.approx(0.09375)
    assert found.low <= found.value <= found.high
    assert not found.proven
    # Two left alone before any treated, where nothing is known of either; 1 ÷ 1 · 1 is taken off.
    uneven = qini(np.array([2.0, 2.0, 1.0]), np.array([False, False, True]), np.ones(3),
                  resamples=0)  # fmt: skip
    assert uneven.gains == (0, 0, 0)
    # In the other order the same ranking loses as much as it won; scaled outcomes scale it.
    assert qini(-score, treated, outcome, resamples=0).value == pytest.approx(-0.09375)
    assert qini(score, treated, 7 * outcome, resamples=0).value == pytest.approx(7 * 0.09375)
    # Weights that are the same within the groups change nothing.
    weight = np.where(treated, 3.0, 1.5)
    assert qini(score, treated, outcome, weight=weight, resamples=0).value == pytest.approx(0.09375)


def test_known_segments_are_found_with_their_lifts():
    made = hillstrom(20_000, 1)
    segment = made.pop("segment")
    found = classes_of(**made, rounds=30, resamples=100)
    assert found.verdict == "proven"
    assert [one.key for one in found.classes] == ["persuadable", "sure", "lost", "alone"]
    for one in found.classes:
        assert one.low < LIFT[one.key] < one.high
        assert one.baseline == pytest.approx(BASE[one.key], abs=0.03)
    assert sum(one.customers for one in found.classes) == 20_000
    shares = {one.key: one.share for one in found.classes}
    assert all(abs((segment == key).mean() - share) < 0.02 for key, share in shares.items())
    assert {name for rule in found.rules for name, _most in rule.conditions} <= {
        *("recency@12m", "sales@all")
    }
    assert found.qini.lift == pytest.approx(
        made["outcome"][made["treated"]].mean() - made["outcome"][~made["treated"]].mean()
    )
    # The best ranking gains what both good halves bring: the models come near it.
    assert found.qini.low > 0.5 * _best(segment)
    assert found.qini.value < 1.3 * _best(segment)
    assert found.t.proven
    told = found.to_dict()
    assert told["verdict"] == "proven"
    assert "Persuadable" in found.text()
    assert "可说服" in found.text("zh")


def _best(segment):
    """The Qini of the true lifts: the persuadable first, those better left alone last."""
    lift = np.sort(np.array([LIFT[one] for one in segment]))[::-1]
    gains = np.cumsum(lift) / len(lift)
    return gains.mean() - gains[-1] / 2


def test_without_effect_it_says_so_and_gives_one_class():
    """The benchmark `benchmarks.uplift` does it 200 times."""
    found = []
    for seed in range(4):
        made = hillstrom(1_500, seed, effect=False)
        made.pop("segment")
        found.append(classes_of(**made, rounds=15, resamples=100, seed=seed))
    assert sum(one.verdict == "proven" for one in found) <= 1  # two or more have 1 in 70
    quiet = next(one for one in found if one.verdict == "none")
    [everyone] = quiet.classes
    assert (everyone.key, everyone.customers, quiet.rules) == ("everyone", 1_500, ())
    assert everyone.lift == pytest.approx(quiet.qini.lift)
    assert "no proven difference" in quiet.title()
    assert "未证实" in quiet.title("zh")
    with pytest.raises(RunError) as refused:
        quiet.scheme()
    assert refused.value.code == "uplift-not-proven"


@pytest.fixture(scope="module")
def made():
    frames = company(3_000)
    return kefen.from_frames(orders=frames["orders"]), frames["trial"]


def test_an_experiment_of_a_ledger_becomes_a_scheme_that_grades(made):
    ledger, trial = made
    found = kefen.uplift_classes(ledger, trial, horizon="60d", rounds=30, resamples=100)
    assert found.verdict == "proven"
    lifts = {one.key: one.lift for one in found.classes}
    assert lifts["persuadable"] == pytest.approx(40, abs=8)
    assert lifts["alone"] == pytest.approx(-40, abs=8)
    scheme = found.scheme()
    run = kefen.grade(ledger, scheme, as_of=date(2025, 7, 1))
    classes = dict(run.classes.to_polars().select("customer_id", "class").iter_rows())
    assert [classes[f"C{number:05}"] for number in range(4)] == ["persuadable", "alone"] * 2
    assert {one.key: one.customers for one in found.classes} == {
        key: list(classes.values()).count(key) for key in lifts
    }
    explanation = run.explain("C00000")
    assert explanation.class_ == "persuadable"
    assert "≤" in explanation.text("zh")
    assert "Rule 1, Persuadable, holds" in explanation.text("en")
    # The same twice: the folds are by customer, and the chance of each table is its own.
    twice = kefen.uplift_classes(
        ledger, [trial, trial.head(1_000)], horizon="60d", rounds=15, resamples=50
    )
    assert [one[1] + one[2] for one in twice.experiments] == [3_000, 1_000]
    assert twice.verdict == "proven"


def test_outcomes_of_a_table_count_as_of_a_day_that_is_said(made):
    ledger, trial = made
    outcomes = trial.drop("date").with_columns(outcome=1.0)
    with pytest.raises(RunError) as refused:
        kefen.uplift_classes(ledger, outcomes)
    assert refused.value.code == "uplift-no-day"
    found = kefen.uplift_classes(
        ledger, outcomes, since=date(2025, 7, 1), features=["recency@all"], rounds=5, resamples=20
    )
    assert (found.verdict, found.qini.value) == ("none", 0)


def test_too_few_and_unfinished_experiments_are_refused(made):
    ledger, trial = made
    for table, horizon, code in (
        (trial.head(300), "60d", "uplift-too-few"),
        (trial, "6m", "experiment-open"),
    ):
        with pytest.raises(KefenError) as refused:
            kefen.uplift_classes(ledger, table, horizon=horizon)
        assert refused.value.code == code
