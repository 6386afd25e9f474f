"""The arithmetic of evaluations, against published examples and other programs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefen.evaluate import adjusted_rand, kappa
from kefen.evaluate.bootstrap import deal, estimate
from kefen.evaluate.calibration import calibrate
from kefen.evaluate.effect import chi2_tail, effect, kruskal
from kefen.evaluate.lift import gains, gini, lorenz, ranking, top_share


def contingency(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    table = np.zeros((one.max() + 1, other.max() + 1), dtype=np.int64)
    np.add.at(table, (one, other), 1)
    return table


# -- agreement --


def test_adjusted_rand_of_yeung_and_ruzzo() -> None:
    """Details of the Adjusted Rand Index, supplement to Bioinformatics (2001): 0.313."""
    assert adjusted_rand([[1, 1, 0], [1, 2, 1], [0, 0, 4]]) == pytest.approx(0.313, abs=0.0005)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ([0, 0, 1, 1], [0, 0, 1, 1], 1.0),
        ([0, 0, 1, 1], [1, 1, 0, 0], 1.0),
        ([0, 0, 1, 2], [0, 0, 1, 1], 0.57),
        ([0, 0, 1, 1], [0, 0, 1, 2], 0.57),
        ([0, 0, 0, 0], [0, 1, 2, 3], 0.0),
    ],
)
def test_adjusted_rand_as_scikit_learn_documents_it(one, other, told) -> None:
    found = adjusted_rand(contingency(np.array(one), np.array(other)))
    assert found == pytest.approx(told, abs=0.005)


def test_kappa_of_cohen() -> None:
    """Weighted Kappa, Psychological Bulletin 70 (1968), table 1: 0.492, weighted 0.348."""
    diagnoses = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    assert kappa(diagnoses, "none") == pytest.approx(0.492, abs=0.0005)
    weights = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]
    assert kappa(diagnoses, weights) == pytest.approx(0.348, abs=0.0005)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60))
def test_agreement_as_scikit_learn_computes_it(pairs) -> None:
    from sklearn.metrics import adjusted_rand_score, cohen_kappa_score

    one, other = (np.array(side) for side in zip(*pairs, strict=True))
    table = np.zeros((4, 4), dtype=np.int64)
    np.add.at(table, (one, other), 1)
    assert adjusted_rand(table) == pytest.approx(adjusted_rand_score(one, other))
    for how, theirs in (("none", None), ("linear", "linear"), ("quadratic", "quadratic")):
        found = kappa(table, how)
        if found is not None:
            scored = cohen_kappa_score(one, other, weights=theirs, labels=[0, 1, 2, 3])
            assert found == pytest.approx(scored)


def test_agreement_by_chance_alone() -> None:
    assert adjusted_rand([[0, 0], [0, 1]]) is None  # one customer has no pair
    assert kappa([[5, 0], [0, 0]]) is None  # everyone in one class both times
    assert kappa([[25, 25], [25, 25]], "none") == 0


# -- effect --


def test_kruskal_wallis_of_the_paper() -> None:
    """Kruskal & Wallis (1952), the output of three bottle-cap machines: H = 5.656."""
    caps = [340, 345, 330, 342, 338, 339, 333, 344, 347, 343, 349, 355]
    machines = np.array([0] * 5 + [1] * 3 + [2] * 4)
    h, freedom = kruskal(machines, np.array(caps, dtype=float))
    assert h == pytest.approx(5.656, abs=0.0005)
    assert freedom == 2


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=5, max_size=80))
def test_kruskal_wallis_with_ties_as_scipy_computes_it(rows) -> None:
    from scipy import stats

    classes, outcome = (np.array(side) for side in zip(*rows, strict=True))
    samples = [outcome[classes == key] for key in np.unique(classes)]
    h, freedom = kruskal(classes, outcome.astype(float))
    if len(samples) < 2 or len(np.unique(outcome)) < 2:
        assert h is None
        return
    assert h == pytest.approx(stats.kruskal(*samples).statistic)
    assert chi2_tail(h, freedom) == pytest.approx(stats.chi2.sf(h, freedom), abs=1e-12)


def test_the_effect_has_its_interval() -> None:
    random = np.random.default_rng(3)
    classes = np.repeat([0, 1, 2], 400)
    outcome = random.normal(0, 1, 1200) - classes * 0.5
    groups, places = deal(1200)
    found = effect(classes, outcome, groups, places, once=True)
    assert found.epsilon.value == pytest.approx(found.h / 1199)
    assert found.epsilon.low < found.epsilon.value < found.epsilon.high
    assert found.epsilon.high - found.epsilon.low < 0.15


# -- concentration --


def test_gini_by_hand() -> None:
    assert gini(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(0.25)
    assert gini(np.zeros(3)) is None
    assert gini(np.array([])) is None


def test_top_share_by_hand() -> None:
    assert top_share(np.array([1.0, 1, 1, 1, 6]), 0.2) == 0.6
    assert top_share(np.array([10.0, 30]), 0.2) == 0.75  # a part of one customer is one
    assert lorenz(np.array([3.0, 1])) == [[0, 0], [0.5, 0.25], [1, 1]]


@settings(max_examples=30)
@given(st.lists(st.integers(0, 50), min_size=2, max_size=200).filter(any))
def test_values_ranked_by_themselves_have_their_gini(values) -> None:
    found = np.array(values, dtype=float)
    groups, places = deal(len(found), draws=2)
    curve = gains(ranking(found), found, groups, places)
    assert curve.gini[0] == pytest.approx(gini(found), abs=1e-9)


def test_a_curve_of_many_customers_keeps_its_gini() -> None:
    found = np.random.default_rng(5).pareto(1.5, 50_000)
    groups, places = deal(len(found), draws=2)
    curve = gains(ranking(found), found, groups, places)
    assert len(curve.points()) <= 201
    assert curve.gini[0] == pytest.approx(gini(found), abs=1e-4)


def test_those_who_rank_alike_share_what_they_bring() -> None:
    value = np.array([4.0, 0.0, 0.0, 0.0])
    groups, places = deal(4, draws=2)
    for order in (value, value[::-1].copy()):
        curve = gains(ranking(np.zeros(4)), order, groups, places)
        assert curve.gini[0] == 0
        assert curve.at(0.25)[0] == 0.25


# -- bootstrap --


def test_intervals_are_as_wide_as_theory_says() -> None:
    """The 95 % interval of a mean: ± 1.96 standard errors; groups of five give the same."""
    for size in (800, 5000):
        values = np.random.default_rng(11).exponential(1, size)
        groups, places = deal(size, draws=2000)
        rows = np.zeros(size, dtype=np.int64)
        sums = groups.table(rows, places, values, 1)[0]
        counts = groups.table(rows, places, None, 1)[0]
        found = estimate(sums[0] / counts[0], sums[1:] / counts[1:])
        error = values.std() / np.sqrt(size)
        assert found.value == pytest.approx(values.mean())
        assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)


# -- calibration --


def test_calibration_by_hand() -> None:
    said, came = np.array([0.8, 0.2, 0.8, 0.2]), np.array([1.0, 0, 1, 1])
    found = calibrate(said, came, "churn_probability", "left")
    assert [(b.customers, b.predicted, b.realised) for b in found.bins] == [
        (2, 0.2, 0.5),
        (2, 0.8, 1),
    ]
    assert found.brier == pytest.approx((0.04 + 0.64 + 0.04 + 0.04) / 4)
    assert found.brier_base == pytest.approx((0.5625 + 3 * 0.0625) / 4)
    assert found.skill == pytest.approx(1 - 0.19 / 0.1875)


def test_brier_as_scikit_learn_computes_it() -> None:
    from sklearn.metrics import brier_score_loss

    random = np.random.default_rng(2)
    said = random.uniform(size=500)
    came = (random.uniform(size=500) < said).astype(float)
    found = calibrate(said, came, "churn_probability", "left")
    assert found.brier == pytest.approx(brier_score_loss(came, said))
    assert len(found.bins) == 10
    assert found.skill > 0.2


def test_counts_are_held_against_counts() -> None:
    found = calibrate(np.array([1.0, 3.0, np.nan]), np.array([2.0, 3.0, 9.0]), "n", "purchases")
    assert (found.customers, found.predicted, found.realised) == (2, 2, 2.5)
    assert (found.error, found.brier) == (0.5, None)


def test_nothing_tells_apart_who_all_did_the_same() -> None:
    """Nobody left: the mean foretells each of them, and there is no error to be better than."""
    found = calibrate(np.array([0.2, 0.1]), np.zeros(2), "churn_probability", "left")
    assert (found.brier, found.brier_base, found.skill) == (pytest.approx(0.025), 0, None)


@pytest.mark.parametrize("freedom", range(1, 11))
def test_the_chi_squared_tail_as_scipy_computes_it(freedom: int) -> None:
    from scipy import stats

    for statistic in (0.0, 0.3, 2.5, 9.9, 40.0):
        expected = stats.chi2.sf(statistic, freedom)
        assert chi2_tail(statistic, freedom) == pytest.approx(expected, rel=1e-12)
