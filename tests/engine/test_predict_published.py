"""The models against what their authors, and others, published on CDNOW.

- Fader, Hardie & Lee (2005), "Counting Your Customers the Easy Way", table 2: parameters and
  log-likelihoods of both models on the 39 weeks of the 1/10 sample.
- Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value": parameters.
- Fader & Hardie, "Implementing the BG/NBD Model in Excel" (note 004): an expectation.
- The manual and the walkthrough of R's BTYD: P(alive) under Pareto/NBD.
"""

from datetime import date

import cdnow_sample
import numpy as np
import polars as pl
import pytest

from kefen.predict import BGNBD, GammaGamma, ParetoNBD, lifetime_value, summary

BG = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
PARETO = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
SPEND = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def three_digits(params):
    return {name: f"{value:.3g}" for name, value in params.items()}


@pytest.fixture(scope="module")
def published():
    return cdnow_sample.published()


@pytest.mark.parametrize(
    ("model", "params", "log_likelihood"),
    [(BGNBD, BG, -9582.4), (ParetoNBD, PARETO, -9595.0)],
    ids=["BG/NBD", "Pareto/NBD"],
)
def test_purchase_models_match_the_paper(published, model, params, log_likelihood):
    fitted = model.fit(published)
    assert fitted.converged
    assert fitted.n == 2357
    assert three_digits(fitted.params) == three_digits(params)
    assert round(fitted.log_likelihood, 1) == log_likelihood


def test_gamma_gamma_matches_the_note(published):
    fitted = GammaGamma.fit(published)
    assert fitted.converged
    assert fitted.n == 946
    assert three_digits(fitted.params) == three_digits(SPEND)


def test_summary_of_the_transactions_matches_the_paper(published):
    # The authors count eight customers' free trials; to Kefen a purchase has a price.
    priced = cdnow_sample.orders().with_columns(
        pl.col("amount").cast(pl.Float64).clip(lower_bound=0.01)
    )
    found = summary(priced, date.fromisoformat(cdnow_sample.AS_OF))
    assert found.purchases["count"].sum() == 2357
    by_x = found.purchases.group_by("x").agg(pl.col("count").sum()).sort("x")
    assert by_x["count"].to_list() == published.group_by("x").len().sort("x")["len"].to_list()
    fitted = BGNBD.fit(found)
    assert three_digits(fitted.params) == three_digits(BG)
    assert fitted.log_likelihood == pytest.approx(-9582.4, abs=0.2)  # the paper rounds t_x and T
    spend = GammaGamma.fit(found)
    assert spend.n == 946
    assert three_digits(spend.params) == three_digits(SPEND)


def test_expected_purchases_of_note_004():
    assert BGNBD(**BG).expected_purchases(2, 30.43, 38.86, horizon=39) == pytest.approx(
        1.226, abs=5e-4
    )


def test_p_alive_of_btyd():
    manual = ParetoNBD(r=0.55, alpha=10.56, s=0.61, beta=11.64)
    assert manual.p_alive(0, 0, 39) == pytest.approx(0.2924031, abs=5e-8)
    assert manual.p_alive(23, 39, 39) == 1
    walkthrough = ParetoNBD(r=0.5534, alpha=10.5802, s=0.6061, beta=11.6562)
    assert walkthrough.p_alive(26, 30.86, 31) == pytest.approx(0.9979, abs=5e-5)


def test_spend_is_eq_5_of_the_note():
    # p (γ + x z̄) / (p x + q - 1), by hand: 6.25 × (15.44 + 2 × 22.35) / (12.5 + 2.74)
    model = GammaGamma(**SPEND)
    assert model.expected_spend(2, 22.35) == pytest.approx(6.25 * 60.14 / 15.24)
    assert model.expected_spend(0, None) == pytest.approx(6.25 * 15.44 / 2.74)


def test_bg_nbd_expectation_is_eq_10_of_the_paper():
    from scipy.special import hyp2f1

    model = BGNBD(**BG)
    x = np.arange(0, 40.0)
    t_x, age, t = np.where(x > 0, 30.0, 0.0), 39.0, 52.0
    r, alpha, a, b = BG.values()
    shrunk = ((alpha + age) / (alpha + age + t)) ** (r + x)
    above = 1 - shrunk * hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    odds = a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)
    expected = (a + b + x - 1) / (a - 1) * above / (1 + (x > 0) * odds)
    assert model.expected_purchases(x, t_x, age, horizon=t) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("params", [PARETO, PARETO | {"alpha": 14.0}], ids=["α < β", "α > β"])
def test_pareto_p_alive_is_the_two_forms_of_the_note(params):
    from scipy.special import hyp2f1

    model = ParetoNBD(**params)
    r, alpha, s, beta = params.values()
    x, t_x, age = np.arange(0, 25.0), np.where(np.arange(25) > 0, 20.0, 0.0), 39.0
    k, apart = r + s + x, abs(alpha - beta)
    most, second = (alpha, s + 1) if alpha >= beta else (beta, r + x)

    def form(t):
        return hyp2f1(k, second, k + 1, apart / (most + t)) / (most + t) ** k

    living = (alpha + age) ** -(r + x) * (beta + age) ** -s
    expected = living / (living + s / k * (form(t_x) - form(age)))
    assert model.p_alive(x, t_x, age) == pytest.approx(expected, rel=1e-6)


def test_dert_is_the_tricomi_form_of_rfm_and_clv():
    from scipy.special import hyperu

    model = ParetoNBD(**PARETO)
    r, alpha, s, beta = PARETO.values()
    delta, x, t_x, age = np.log(1.15) * 7 / 365.25, 7, 35, 77.86
    z = delta * (beta + age)
    expected = (r + x) / (alpha + age) * (beta + age) * z ** (s - 1) * hyperu(s, s, z)
    expected *= model.p_alive(x, t_x, age)
    found = model.discounted_residual_purchases(x, t_x, age, annual_rate=0.15)
    assert found == pytest.approx(expected, rel=1e-8)
    # Week by week it comes to the same but for purchases counting at their week's end.
    weekly = model.discounted_purchases(x, t_x, age, horizon=20_000, annual_rate=0.15)
    assert found * np.exp(-delta) < weekly < found


@pytest.mark.parametrize("model", [BGNBD(**BG), ParetoNBD(**PARETO)], ids=["BG/NBD", "Pareto/NBD"])
def test_lifetime_value_is_the_discounted_sum(model):
    history, spending = (2, 30.43, 38.86), GammaGamma(**SPEND)
    upto = [float(model.expected_purchases(*history, horizon=h)) for h in (1, 2, 2.5)]
    week = 1.1 ** (7 / 365.25)
    by_hand = upto[0] / week + (upto[1] - upto[0]) / week**2 + (upto[2] - upto[1]) / week**2.5
    found = lifetime_value(
        model, spending, *history, 22.35, horizon=2.5, annual_rate=0.1, margin=0.3
    )
    assert found == pytest.approx(0.3 * (6.25 * 60.14 / 15.24) * by_hand)
