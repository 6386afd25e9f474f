"""Campaign effects: a known gain is found, none is not made up, and the groups are looked at."""

import numpy as np
import pytest

from kefen.evaluate.campaigns import campaign_effect, detectable, sample_ratio


def company(seed, gain=0.0, size=2_000, share=0.2):
    """Customers whose later sales follow the earlier ones; the treated buy `gain` more."""
    chance = np.random.default_rng(seed)
    before = chance.gamma(2.0, 500.0, size)
    treated = chance.permutation(size) >= size * share
    after = before * 0.5 + chance.normal(0, 100, size) + gain * treated
    return treated, np.maximum(after, 0), before, share


def test_a_gain_and_a_harm_are_told_and_past_sales_narrow_the_interval():
    found = campaign_effect(*company(1, gain=60))
    assert found.verdict == "gain"
    assert found.uplift.low <= 60 <= found.uplift.high
    assert campaign_effect(*company(2, gain=-60)).verdict == "harm"
    treated, outcome, before, share = company(1, gain=60)
    plain = campaign_effect(treated, outcome, np.zeros(len(before)), share)
    width = found.uplift.high - found.uplift.low
    assert width < 0.6 * (plain.uplift.high - plain.uplift.low)
    # Without the past the interval is Welch's of the winsorised means.
    value = np.minimum(outcome, np.quantile(outcome, 0.99))
    one, two = value[treated], value[~treated]
    error = np.sqrt(one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two))
    assert plain.uplift.value == pytest.approx(one.mean() - two.mean())
    assert plain.uplift.high == pytest.approx(plain.uplift.value + 1.959963984540054 * error)


def test_without_effect_it_says_so_in_95_of_100():
    verdicts = [campaign_effect(*company(seed)).verdict for seed in range(200)]
    assert verdicts.count("nothing") >= 0.9 * 200  # 190 are to be expected; below 180 has 1 in 800
    intervals = [campaign_effect(*company(seed, gain=50)).uplift for seed in range(200)]
    assert sum(one.low <= 50 <= one.high for one in intervals) >= 180


def test_groups_that_are_too_small_or_not_as_drawn_tell_nothing():
    treated, outcome, before, share = company(3, size=100)
    assert campaign_effect(treated, outcome, before, share).verdict == "too-few"
    treated, outcome, before, share = company(4, gain=500)
    kept = treated | (np.arange(len(treated)) % 2 == 0)  # half of those left alone got lost
    found = campaign_effect(treated[kept], outcome[kept], before[kept], share)
    assert (found.mismatch, found.verdict) == (True, "mismatch")
    assert sample_ratio(0, 0, 0.1) is None
    assert campaign_effect([], [], [], 0.1).verdict == "too-few"
    assert campaign_effect([True], [1.0], [0.0], 0.0).to_dict()["verdict"] == "too-few"


def test_the_least_that_would_be_told_is_told_in_four_of_five():
    size, share, spread = 2_000, 0.2, 100.0
    least = detectable(spread, 1_600, 400)
    chance = np.random.default_rng(7)
    told = 0
    for _ in range(400):
        treated = chance.permutation(size) >= size * share
        outcome = chance.normal(1_000, spread, size) + least * treated
        told += campaign_effect(treated, outcome, np.zeros(size), share).verdict == "gain"
    assert 0.74 <= told / 400 <= 0.86
    assert detectable(spread, 1_000, 29) is None
