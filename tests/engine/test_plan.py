"""Plans: as good as the linear program's optimum, floors first, prices, sources never mixed."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from kefen import plan as planning
from kefen.plan import Assumption, PlanError, Step, allocate, plan, read_steps

STEPS = [Step("A", 10, 500), Step("A", 10, 100), Step("B", 10, 300), Step("B", 10, 50)]
numbers = st.one_of(st.integers(0, 6).map(float), st.floats(0, 100).map(lambda x: round(x, 3)))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(numbers, numbers, numbers, st.booleans()), min_size=1, max_size=30),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_an_allocation_is_the_optimum_of_the_linear_program(rows, hours_share, money_share):
    value, hours, money = (np.array([row[n] for row in rows]) for n in range(3))
    floor = np.array([float(row[3]) for row in rows])
    most_hours = float(hours @ floor) + hours_share * float(hours.sum())
    most_money = float(money @ floor) + money_share * float(money.sum())
    made = allocate(value, hours, money, most_hours=most_hours, most_money=most_money, floor=floor)
    best = linprog(
        -value,
        A_ub=np.vstack([hours, money]),
        b_ub=[most_hours, most_money],
        bounds=np.stack([floor, np.ones(len(rows))], axis=1),
        method="highs",
    )
    slack = 1e-6 * (1 + abs(best.fun))
    assert made.value == pytest.approx(-best.fun, abs=slack)
    assert made.hours <= most_hours + 1e-6
    assert made.money <= most_money + 1e-6
    assert (made.taken >= floor - 1e-12).all()
    assert (made.taken <= 1 + 1e-12).all()
    # Weak duality with equality: the prices prove the optimum by themselves.
    left = value - made.hour_price * hours - made.money_price * money
    bound = made.hour_price * most_hours + made.money_price * most_money
    bound += float(np.maximum(left, 0) @ (1 - floor) + left @ floor)
    assert bound == pytest.approx(made.value, abs=10 * slack)


@pytest.mark.parametrize("money_share", [None, 0.1])
def test_a_million_customers_of_five_steps_are_planned_to_the_optimum(money_share):
    rng = np.random.default_rng(5)
    size = 1_000_000
    value = (rng.lognormal(4, 1, size)[:, None] * 0.6 ** np.arange(5)).ravel()
    hours = rng.uniform(1, 3, size).repeat(5)
    money = rng.lognormal(3, 1, size).repeat(5)
    most_hours = float(hours.sum()) / 5
    most_money = np.inf if money_share is None else float(money.sum()) * money_share
    begun = time.process_time()
    made = allocate(value, hours, money, most_hours=most_hours, most_money=most_money)
    assert time.process_time() - begun < 10
    bound = made.hour_price * most_hours
    bound += made.money_price * most_money if money_share else 0
    bound += np.maximum(value - made.hour_price * hours - made.money_price * money, 0).sum()
    assert made.value == pytest.approx(bound, rel=1e-9)
    # Nobody's later step is taken before an earlier one.
    taken = made.taken.reshape(size, 5)
    assert (taken[:, :-1] >= taken[:, 1:] - 1e-9).all()


def test_promises_come_first_and_prices_tell_what_one_more_hour_brings():
    made = plan(STEPS, hours=25)
    assert {one.group: (one.hours, one.value) for one in made.groups} == {
        "A": (15, 550), "B": (10, 300),
    }  # fmt: skip
    assert (made.hour_price, made.money_price, made.value) == (10, 0, 850)
    assert {one.group: one.next_hour for one in made.groups} == {"A": 10, "B": 5}
    more = plan(STEPS, hours=26)
    assert more.value - made.value == pytest.approx(made.hour_price)
    promised = [*STEPS[:2], replace(STEPS[2], promised=True), replace(STEPS[3], promised=True)]
    held = plan(promised, hours=25)
    assert {one.group: one.hours for one in held.groups} == {"A": 5, "B": 20}
    assert held.groups[1].promised_hours == 20
    with pytest.raises(PlanError) as refused:
        plan(promised, hours=19)
    assert refused.value.code == "plan-unaffordable"
    assert "20" in str(refused.value)
    everything = plan(STEPS)
    assert (everything.hours, everything.hour_price) == (40, 0)


def test_what_cannot_be_planned_with_is_refused_by_name():
    for code, steps in (
        ("plan-no-steps", []),
        ("plan-step", [Step("A", 0, 5)]),
        ("plan-step", [Step("A", -1, 5)]),
        ("plan-step", [Step("A", 1, float("nan"))]),
        ("plan-interval", [Step("A", 1, 5, low=6, high=7)]),
        ("plan-not-concave", [Step("A", 10, 100), Step("A", 10, 101)]),
        ("plan-promise-late", [Step("A", 10, 100), Step("A", 10, 50, promised=True)]),
        ("plan-mixed", [Step("A", 1, 5), Step("B", 1, 5, source="measured")]),
    ):
        with pytest.raises(PlanError) as refused:
            plan(steps, hours=5)
        assert refused.value.code == code
        assert refused.value.text("zh")
    both = plan([Step("A", 1, 5), Step("B", 1, 5, low=-1, high=9, source="measured")], mixed=True)
    assert both.mixed
    assert both.interval == (4, 14)
    assert both.groups[1].sources == ("measured",)


def test_steps_are_read_from_rows_and_from_what_is_assumed_of_a_class():
    rows = [
        {"group": "A", "hours": "10", "value": "1,000", "promised": "是"},
        {"group": "A", "hours": 5, "value": 100, "low": 50, "high": "150", "source": "measured"},
    ]
    first, second = read_steps(rows)
    assert (first.value, first.promised, second.interval) == (1000, True, (50, 150))
    for code, row in (
        ("plan-column", {"group": "A", "hours": "", "value": 1}),
        ("plan-unknown-column", {"group": "A", "hours": 1, "value": 1, "hour": 1}),
        ("plan-cell", {"group": "A", "hours": "many", "value": 1}),
        ("plan-cell", {"group": "A", "hours": 1, "value": 1, "source": "guessed"}),
    ):
        with pytest.raises(PlanError) as refused:
            read_steps([row])
        assert refused.value.code == code
    steps = Assumption("B", customers=20, hours=2, first=100, fading=0.5, steps=3).as_steps()
    assert [(one.hours, one.value) for one in steps] == [(40, 4000), (40, 2000), (40, 1000)]
    assert planning.plan(steps, hours=60).hour_price == 50
