"""Laws of the models: exact gradients, finite everywhere, and the order that sense demands."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefen.predict import BGNBD, GammaGamma, ParetoNBD, bg_nbd, gamma_gamma, pareto_nbd
from kefen.predict.data import Histories, Spending
from kefen.predict.fitting import differences

MODELS = [
    BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426),
    BGNBD(r=0.243, alpha=4.414, a=1.0, b=0.7),
    ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669),
    ParetoNBD(r=2.0, alpha=30.0, s=1.0, beta=3.0),
]
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda m: f"{type(m).__name__} {m.r}")
places = st.lists(st.floats(-2, 3), min_size=4, max_size=4).map(np.array)


@st.composite
def histories(draw):
    size = draw(st.integers(1, 6))
    x = draw(st.lists(st.integers(0, 40), min_size=size, max_size=size).map(np.array)) * 1.0
    age = draw(st.lists(st.floats(1, 100), min_size=size, max_size=size).map(np.array))
    share = draw(st.lists(st.floats(0.01, 1), min_size=size, max_size=size).map(np.array))
    count = draw(st.lists(st.integers(1, 9), min_size=size, max_size=size).map(np.array)) * 1.0
    return Histories(x, np.where(x > 0, age * share, 0), age, count)


def check_gradient(likelihood, place):
    value, gradient = likelihood(place)
    step = 1e-4
    for axis, slope in enumerate(gradient):
        aside = np.zeros(place.size)
        aside[axis] = step
        around = [likelihood(place + n * aside)[0] for n in (-2, -1, 1, 2)]
        measured = (around[0] - 8 * around[1] + 8 * around[2] - around[3]) / (12 * step)
        assert slope == pytest.approx(measured, rel=1e-5, abs=1e-6 * max(1, abs(value)))
    size = np.abs(gradient).max() + abs(value) + 1
    curved = differences(likelihood, place, gradient)
    assert likelihood.information(place, gradient) == pytest.approx(
        curved, rel=1e-2, abs=1e-3 * size
    )


@given(histories(), places)
def test_gradient_of_bg_nbd(data, place):
    check_gradient(bg_nbd.Likelihood(data), place)


@given(histories(), places)
def test_gradient_of_pareto_nbd(data, place):
    check_gradient(pareto_nbd.Likelihood(data), place)


@given(histories(), places)
def test_gradient_of_gamma_gamma(data, place):
    spending = Spending(data.x + 1, data.T, data.count)
    check_gradient(gamma_gamma.Likelihood(spending), place[:3])


@every_model
@given(x=st.integers(1, 400), t_x=st.floats(0.1, 50), waits=st.lists(st.floats(0, 200), min_size=2))
def test_longer_silence_makes_life_less_likely(model, x, t_x, waits):
    found = model.p_alive(x, t_x, t_x + np.sort(waits))
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) <= 1e-12).all()


@every_model
@given(
    x=st.integers(0, 400),
    age=st.floats(1, 100),
    spans=st.lists(st.floats(0.1, 500), min_size=2, max_size=5),
)
def test_a_longer_horizon_brings_more_purchases(model, x, age, spans):
    t_x = age / 2 if x else 0
    found = [float(model.expected_purchases(x, t_x, age, horizon=h)) for h in sorted(spans)]
    assert found[0] >= 0
    assert (np.diff(found) >= -1e-9 * found[-1]).all()


@every_model
def test_discounting_takes_away(model):
    history = {"x": 5, "t_x": 30, "T": 39}
    whole = model.expected_purchases(**history, horizon=52)
    found = [
        float(model.discounted_purchases(**history, horizon=52, annual_rate=r)) for r in (0, 0.1, 1)
    ]
    assert found[0] == pytest.approx(float(whole))
    assert found[0] > found[1] > found[2] > 0
    monthly = model.discounted_purchases(**history, horizon=52, monthly_rate=1.1 ** (1 / 12) - 1)
    assert monthly == pytest.approx(found[1])


@every_model
@pytest.mark.parametrize("x", [161, 1000, 5000])
def test_very_active_customers_have_finite_answers(model, x):
    t_x = np.array([1.0, 20.0, 38.9, 39.0])
    alive = model.p_alive(x, t_x, 39)
    expected = model.expected_purchases(x, t_x, 39, horizon=39)
    assert np.isfinite(alive).all()
    assert np.isfinite(expected).all()
    # The closer the last purchase, the more is to come, but not more than there was.
    assert (np.diff(expected) >= 0).all()
    assert 0.1 * x < expected[-1] < 1.1 * x


@pytest.mark.parametrize("model", [BGNBD, ParetoNBD])
def test_a_fit_with_very_active_customers(model):
    x = np.array([0, 0, 1, 2, 3, 12, 170, 900, 5000.0])
    t_x = np.array([0, 0, 4, 20, 11, 37, 39, 30, 38.0])
    fitted = model.fit((x, t_x, np.full(9, 39.0), np.array([60, 30, 20, 9, 7, 5, 2, 1, 1])))
    assert fitted.n == 135
    assert np.isfinite(fitted.log_likelihood)
    assert np.isfinite(list(fitted.params.values())).all()


def test_bg_nbd_lets_no_one_time_buyer_die():
    bg, _, pareto, _ = MODELS
    assert (bg.p_alive(0, 0, [1, 100, 10_000]) == 1).all()
    assert float(pareto.p_alive(0, 0, 10_000)) < 0.05


@pytest.mark.parametrize("model", [BGNBD, ParetoNBD])
def test_the_unit_of_time_and_counting_change_nothing_but_the_unit(model):
    rng = np.random.default_rng(7)
    x, age = rng.poisson(rng.gamma(0.8, 2, 900)) * 1.0, rng.integers(20, 40, 900) * 1.0
    t_x = np.where(x > 0, np.ceil(age * rng.random(900)), 0)
    weeks = model.fit((x, t_x, age))
    table = pl.DataFrame({"x": x, "t_x": t_x * 7, "T": age * 7})
    days = model.fit(table.group_by("x", "t_x", "T").len("count"), unit="day")
    assert days.n == weeks.n == 900
    shift = np.log(7) * x.sum()  # each purchase's density is by the unit of time
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - shift, abs=1e-4)
    week, day = ({"x": 3, "t_x": 10 * n, "T": 30 * n} for n in (1, 7))
    assert days.p_alive(**day) == pytest.approx(float(weeks.p_alive(**week)), abs=1e-4)
    assert days.expected_purchases(**day, horizon=70) == pytest.approx(
        float(weeks.expected_purchases(**week, horizon=10)), rel=1e-3
    )


def simulated(size):
    """Customers of a known Pareto/NBD, and what they spend by a known Gamma-Gamma."""
    rng = np.random.default_rng(1)
    rate, leave = rng.gamma(0.6, 1 / 8, size), rng.gamma(0.7, 1 / 12, size)
    age = rng.integers(20, 60, size) * 1.0
    life = np.minimum(rng.exponential(1 / leave), age)
    x = rng.poisson(rate * life) * 1.0
    t_x = np.where(x > 0, life * rng.beta(np.maximum(x, 1), 1), 0)
    scale = rng.gamma(4, 1 / 20, size)
    spend = rng.gamma(6 * np.maximum(x, 1)) / scale / np.maximum(x, 1)
    return pl.DataFrame({"x": x, "t_x": t_x, "T": age, "spend": spend})


def test_known_parameters_are_found_again():
    data = simulated(40_000)  # many enough that the search begins on a sample
    for model, truth in (
        (ParetoNBD, {"r": 0.6, "alpha": 8, "s": 0.7, "beta": 12}),
        (GammaGamma, {"p": 6, "q": 4, "gamma": 20}),
    ):
        fitted = model.fit(data)
        assert fitted.converged
        for name, value in truth.items():
            assert abs(fitted.params[name] - value) < 4 * fitted.standard_errors[name]
