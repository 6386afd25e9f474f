"""Predicted indicators: the models' answers for every customer, on the engine."""

from datetime import date, timedelta

import cdnow_sample
import polars as pl
import pytest

import kefen
from kefen import indicators, predict
from kefen.errors import KefenError
from kefen.predict import BGNBD, GammaGamma, ParetoNBD
from kefen.predict.indicators import INDICATORS

AS_OF = date.fromisoformat(cdnow_sample.AS_OF)


@pytest.fixture(scope="module")
def ledger():
    return kefen.from_frames(orders=cdnow_sample.orders())


def computed(ledger, *names, window="39w", as_of=AS_OF):
    wanted = [indicators.Request(name, window, name) for name in names]
    table = indicators.compute(ledger, wanted, as_of)
    return pl.DataFrame(ledger.engine.fetch(table)).sort("customer_id")


def test_all_are_in_the_catalogue():
    assert {one.name for one in INDICATORS} <= set(indicators.catalogue())
    assert indicators.refused() == ()


def test_they_are_the_models_answers(ledger):
    table = computed(ledger, "p_alive", "expected_purchases", "expected_spend", "lifetime_value")
    rows = predict.histories(ledger, AS_OF).to_polars().sort("customer_id")
    summary = predict.summary(ledger, AS_OF)
    pareto, spending = ParetoNBD.fit(summary), GammaGamma.fit(summary)
    history = [rows[name].to_numpy() for name in ("x", "t_x", "T")]
    bought = table.filter(pl.col("p_alive").is_not_null())
    assert bought["customer_id"].to_list() == rows["customer_id"].to_list()
    assert bought["p_alive"].to_numpy() == pytest.approx(pareto.p_alive(*history))
    expected = pareto.expected_purchases(*history, horizon=39)
    assert bought["expected_purchases"].to_numpy() == pytest.approx(expected)
    spend = rows["spend"].fill_null(0).to_numpy()
    money = spending.expected_spend(history[0], spend)
    assert bought["expected_spend"].to_numpy() == pytest.approx(money)
    # Less than undiscounted, but by less than three quarters of a year at 10 % takes off.
    worth = bought["lifetime_value"].to_numpy() / (money * expected)
    assert (worth < 1).all()
    assert (worth > 1.1**-0.75).all()


def test_expected_purchases_come_true(ledger):
    # Cumulative repeat purchases of 78 weeks, of which 39 are foretold; Fader, Hardie & Lee
    # (2005), figure 3, show both models a few per cent below what happened.
    before = computed(ledger, "frequency", window="all")
    repeated = before["frequency"].sum() - len(before)
    after = computed(ledger, "frequency", as_of=AS_OF + timedelta(weeks=39))["frequency"].sum()
    foretold = computed(ledger, "expected_purchases", "expected_purchases_bg_nbd")
    for name in ("expected_purchases", "expected_purchases_bg_nbd"):
        assert repeated + foretold[name].sum() == pytest.approx(repeated + after, rel=0.06)


def test_bg_nbd_keeps_every_one_time_buyer_alive(ledger):
    table = computed(ledger, "p_alive_bg_nbd", "p_alive", "frequency", window="all")
    table = computed(ledger, "p_alive_bg_nbd", "p_alive").join(
        table.select("customer_id", "frequency"), on="customer_id"
    )
    once = table.filter(pl.col("frequency") == 1)
    assert once["p_alive_bg_nbd"].unique().to_list() == [1.0]
    assert once["p_alive"].max() < 0.7
    model = BGNBD.fit(predict.summary(ledger, AS_OF))
    assert model.p_alive(0, 0, 10) == 1


def test_nobody_who_came_back_means_no_prediction():
    once = pl.DataFrame(
        {"customer_id": ["a", "b"], "ordered_on": [date(2025, 1, 1)] * 2, "amount": [5.0, 7.0]}
    )
    table = computed(kefen.from_frames(orders=once), "p_alive", "lifetime_value", window="12m")
    assert table["p_alive"].to_list() == [None, None]
    assert table["lifetime_value"].to_list() == [None, None]


def test_no_horizon_means_no_prediction(ledger):
    names = ("expected_purchases", "lifetime_value", "p_alive_bg_nbd", "churn_probability")
    table = computed(ledger, *names, window="all")
    assert [table[name].null_count() for name in names] == [len(table)] * 4


def test_a_missing_package_is_named(monkeypatch, ledger):
    def gone(name):
        raise ModuleNotFoundError(name="sklearn")

    monkeypatch.setattr(predict, "import_module", gone)
    with pytest.raises(KefenError) as refused:
        computed(ledger, "churn_probability", window="5w")
    assert refused.value.code == "extra-missing"
