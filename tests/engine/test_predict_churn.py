"""Churn: learned point in time, calibrated, and explained."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

import kefen
from kefen import indicators, predict
from kefen.errors import KefenError

AS_OF = date(2026, 1, 1)


def company(customers=1500, seed=7):
    """Two years of customers who buy every 10 to 90 days; some of them leave one day."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        pace = rng.uniform(10, 90)
        end = min(730.0, rng.exponential(900))
        day = rng.uniform(0, pace)
        while day < end:
            rows.append((f"c{number}", int(day), round(float(rng.gamma(4, 50)), 2)))
            day += rng.exponential(pace)
    start = AS_OF - timedelta(days=730)
    return pl.DataFrame(
        {
            "order_id": [f"o{number}" for number in range(len(rows))],
            "customer_id": [row[0] for row in rows],
            "ordered_on": [start + timedelta(days=row[1]) for row in rows],
            "amount": [row[2] for row in rows],
        }
    )


@pytest.fixture(scope="module")
def orders():
    return company()


@pytest.fixture(scope="module")
def ledger(orders):
    return kefen.from_frames(orders=orders)


@pytest.fixture(scope="module")
def model(ledger):
    return predict.Churn.fit(ledger, AS_OF, "3m")


def known(ledger, model, day=AS_OF):
    """The active customers as of a day."""
    from kefen.predict.churn.examples import active

    rows = ledger.engine.fetch(active(ledger, model.features, day))
    return pl.DataFrame(rows).sort("customer_id")


def test_examples_end_before_the_as_of_date(model):
    # Horizons of three months that end on 1 January 2026, 1 October, 1 July and 1 April 2025.
    assert model.evaluation.day == date(2025, 10, 1)
    assert model.learned_on == [date(2025, 7, 1), date(2025, 4, 1), date(2025, 1, 1)]


def test_what_comes_later_changes_nothing(orders, model):
    from kefen.predict.churn.examples import matrix

    later = orders.with_columns(
        pl.col("ordered_on") + pl.duration(days=800), order_id="x" + pl.col("order_id")
    )
    both = kefen.from_frames(orders=pl.concat([orders, later]))
    again = predict.Churn.fit(both, AS_OF, "3m")
    assert again.evaluation == model.evaluation
    seen = matrix(known(both, again), again.features)
    assert (again.probability(seen) == model.probability(seen)).all()


def test_features_of_an_example_are_those_of_its_day(orders, model):
    day = model.evaluation.day
    then = kefen.from_frames(orders=orders.filter(pl.col("ordered_on") < day))
    table = known(then, model, day)
    assert len(table) == model.evaluation.customers
    medians = [table[request.column].median() or 0 for request in model.features]
    assert medians == pytest.approx(model.typical)


def test_probabilities_are_what_happens(model):
    found = model.evaluation
    assert found.brier < 0.75 * found.brier_of_average
    assert found.auc > 0.8
    for group in found.calibration:
        share, n = group["predicted"], group["customers"]
        # Four standard deviations of a share of n customers.
        assert abs(group["observed"] - share) < 4 * np.sqrt(share * (1 - share) / n) + 0.02


def test_a_longer_silence_is_never_a_lower_risk(model):
    seen = np.repeat(model.typical[None, :], 30, axis=0)
    seen[:, 0] = np.arange(30) * 10
    assert (np.diff(model.probability(seen)) >= 0).all()


def test_more_sales_are_never_a_reason_to_leave(model):
    seen = np.repeat(model.typical[None, :], 30, axis=0)
    place = [one.indicator for one in model.features].index("sales")
    seen[:, place] = np.geomspace(1, 1_000_000, 30)
    assert (np.diff(model.probability(seen)) <= 0).all()


def test_reasons_sum_to_the_difference_from_a_typical_customer(ledger, model):
    from kefen.predict.churn.examples import matrix

    row = known(ledger, model).row(0, named=True)
    own = matrix(pl.DataFrame([row]), model.features)
    odds = [float(np.log(p / (1 - p))) for p in model.probability(np.vstack([own, model.typical]))]
    reasons = model.reasons(row)
    assert sum(reason.effect for reason in reasons) == pytest.approx(odds[0] - odds[1])
    assert [abs(r.effect) for r in reasons] == sorted(abs(r.effect) for r in reasons)[::-1]


def test_shapley_values_by_hand():
    from kefen.predict.churn.shapley import shapley

    # v({1}) = 10, v({2}) = 20, v({1, 2}) = 50: 10 + 20 / 2 and 20 + 20 / 2.
    def game(m):
        return 10 * m[:, 0] + 20 * m[:, 1] + 20 * m[:, 0] * m[:, 1]

    assert shapley(game, np.ones(2), np.zeros(2)) == pytest.approx([20, 30])


def test_the_table_has_the_active_customers(ledger, orders, model):
    from kefen.predict.churn import fitted

    table = pl.DataFrame(ledger.engine.fetch(predict.churn_table(ledger, AS_OF, "3m")))
    year = orders.filter(pl.col("ordered_on") >= date(2025, 1, 1))
    assert set(table["customer_id"]) == set(year["customer_id"])
    assert table["churn_probability"].is_between(0, 1, closed="none").all()
    features = {request.indicator for request in model.features} | {None}
    assert set(table["churn_reason"]) <= features
    assert fitted(ledger, AS_OF, "3m").evaluation == model.evaluation


def test_history_shorter_than_the_horizon_is_refused(ledger):
    with pytest.raises(KefenError) as refused:
        predict.Churn.fit(ledger, AS_OF, "2y")
    assert refused.value.code == "history-too-short"


def test_too_little_to_learn_from_is_honestly_empty(orders):
    # Everybody bought each month: nobody ever left.
    month = [date(2024 + n // 12, n % 12 + 1, 5) for n in range(24)]
    faithful = pl.DataFrame(
        [(f"c{c}", day, 10.0) for c in range(80) for day in month],
        schema=["customer_id", "ordered_on", "amount"],
        orient="row",
    )
    ledger = kefen.from_frames(orders=faithful)
    with pytest.raises(KefenError) as refused:
        predict.Churn.fit(ledger, AS_OF, "3m")
    assert refused.value.code == "churn-one-sided"
    wanted = [indicators.Request("churn_probability", "3m", "churn")]
    table = ledger.engine.fetch(indicators.compute(ledger, wanted, AS_OF)).to_pydict()
    assert set(table["churn"]) == {None}


def test_most_at_risk_first(ledger, model):
    _, listed = predict.at_risk(ledger, AS_OF, "3m", most=20)
    money = [risk.at_risk for risk in listed]
    assert len(listed) == 20
    assert money == sorted(money, reverse=True)
    table = pl.DataFrame(ledger.engine.fetch(predict.churn_table(ledger, AS_OF, "3m")))
    told = dict(table.select("customer_id", "churn_probability").rows())
    for risk in listed:
        assert risk.probability == told[risk.customer_id]
        assert risk.at_risk == pytest.approx(risk.probability * risk.sales)
        assert {reason.indicator for reason in risk.reasons} == {
            request.indicator for request in model.features
        }
