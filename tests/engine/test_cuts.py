"""Cut points from histograms equal those from sorting."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefen.schemes import histogram
from kefen.schemes.cuts import find
from kefen.schemes.histogram import Ask

TOPS = tuple(Fraction(n, 100) for n in (1, 20, 50, 75, 95, 100))
POINTS = tuple(Fraction(n, 100) for n in (0, 1, 33, 50, 99, 100))


@pytest.fixture(autouse=True)
def _tiny_bins(monkeypatch):
    """Few bins and few values a group, so that small examples are refined several times."""
    monkeypatch.setattr(histogram, "BINS", 4)
    monkeypatch.setattr(histogram, "FEW", 3)


def sorted_cut(values, weights, top, better):
    """The definition, by sorting."""
    pairs = [(v, max(w, 0)) for v, w in zip(values, weights, strict=True)]
    sign = 1 if better == "higher" else -1
    total = sum(Fraction(w) for _, w in pairs)
    best = max(v * sign for v, _ in pairs)
    within = [
        v * sign
        for v in {v for v, _ in pairs}
        if sum(Fraction(w) for u, w in pairs if u * sign >= v * sign) <= top * total
    ]
    return min(within, default=best) * sign


def sorted_quantile(values, point):
    ordered = [Fraction(v) for v in sorted(values)]
    place = point * (len(ordered) - 1)
    low, high = ordered[floor(place)], ordered[ceil(place)]
    return low + (high - low) * (place - floor(place))


def table(**columns):
    return ibis.memtable(pa.table(columns))


def money(values):
    return pa.array(values, pa.decimal128(18, 2))


cents = st.integers(-(10**6), 10**6) | st.integers(-3, 3) | st.integers(-(10**17), 10**17)
prices = st.lists(cents.map(lambda c: Decimal(c).scaleb(-2)), min_size=1, max_size=40)
counts = st.lists(st.integers(0, 5) | st.integers(-(2**62), 2**62), min_size=1, max_size=40)
reals = st.lists(
    st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 0.5, 1.0]),
    min_size=1,
    max_size=40,
)
quick = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(prices, st.sampled_from(["higher", "lower"]))
def test_share_of_customers_in_money(engine, values, better):
    [found] = find(table(x=money(values)), [Ask("x", TOPS, POINTS, better=better)], engine)
    ones = [1] * len(values)
    assert [c.value for c in found.cuts] == [sorted_cut(values, ones, t, better) for t in TOPS]
    assert found.quantiles == [sorted_quantile(values, p) for p in POINTS]
    sign = 1 if better == "higher" else -1
    assert [c.customers for c in found.cuts] == [
        sum(v * sign >= c.value * sign for v in values) for c in found.cuts
    ]


@quick
@given(prices)
def test_share_of_the_money_itself(engine, values):
    [found] = find(table(x=money(values)), [Ask("x", TOPS, weight="x", positive=True)], engine)
    earning = [v for v in values if v > 0]
    assert found.total == sum(Fraction(v) for v in earning)
    assert found.customers == len(earning)
    if earning:
        assert [c.value for c in found.cuts] == [
            sorted_cut(earning, earning, t, "higher") for t in TOPS
        ]


@quick
@given(counts, counts, st.sampled_from(["higher", "lower"]))
def test_share_of_another_column(engine, values, weights, better):
    size = min(len(values), len(weights))
    values, weights = values[:size], [w % 10**6 - 1000 for w in weights[:size]]
    data = table(x=pa.array(values, pa.int64()), w=pa.array(weights, pa.int64()))
    [found] = find(data, [Ask("x", TOPS, weight="w", better=better)], engine)
    assert [c.value for c in found.cuts] == [sorted_cut(values, weights, t, better) for t in TOPS]
    assert found.total == sum(max(weight, 0) for weight in weights)


@quick
@given(reals)
def test_real_numbers(engine, values):
    [found] = find(table(x=values), [Ask("x", TOPS, POINTS)], engine)
    ones = [1] * len(values)
    assert [c.value for c in found.cuts] == [sorted_cut(values, ones, t, "higher") for t in TOPS]
    assert found.quantiles == [sorted_quantile(values, p) for p in POINTS]


@quick
@given(st.lists(st.integers(1, 64).map(lambda n: n / 4), min_size=1, max_size=40))
def test_share_of_real_numbers(engine, values):
    [found] = find(table(x=values), [Ask("x", TOPS, weight="x")], engine)
    assert found.total == sum(Fraction(v) for v in values)
    assert [c.value for c in found.cuts] == [sorted_cut(values, values, t, "higher") for t in TOPS]


@quick
@given(prices, counts, reals)
def test_columns_share_their_queries(engine, values, numbers, floats):
    size = min(len(values), len(numbers), len(floats))
    data = table(a=money(values[:size]), b=pa.array(numbers[:size], pa.int64()), c=floats[:size])
    asks = [Ask("a", TOPS), Ask("b", TOPS, better="lower"), Ask("c", quantiles=POINTS)]
    assert find(data, asks, engine) == [find(data, [ask], engine)[0] for ask in asks]


def test_nothing_to_cut(engine):
    empty = table(x=pa.array([], pa.int64()), y=pa.array([], pa.float64()))
    for found in find(empty, [Ask("x", TOPS, POINTS), Ask("y", TOPS, weight="y")], engine):
        assert found.customers == 0
        assert found.low is None
        assert found.cuts == []


def test_missing_and_endless_values_do_not_take_part(engine):
    data = table(x=[1.0, None, float("nan"), float("inf"), 3.0])
    [found] = find(data, [Ask("x", quantiles=(Fraction(1, 2),))], engine)
    assert (found.customers, found.low, found.high) == (2, 1.0, 3.0)
    assert found.quantiles == [2]


@quick
@given(prices, st.sampled_from(["higher", "lower"]))
def test_knots_tell_the_share_of_others_beaten(engine, values, better):
    asked = tuple(Fraction(n, 4) for n in range(5))
    [found] = find(table(x=money(values)), [Ask("x", knots=asked, better=better)], engine)
    sign = 1 if better == "higher" else -1
    for value, beaten in found.knots:
        worse = sum(v * sign < value * sign for v in values)
        assert beaten == Fraction(worse, max(len(values) - 1, 1))
    best = max(values, key=lambda v: v * sign)
    worst = min(values, key=lambda v: v * sign)
    assert (found.knots[0][0], found.knots[-1][0]) == (worst, best)


def test_few_queries(engine, monkeypatch):
    monkeypatch.undo()
    asked = []
    real = type(engine).rows
    monkeypatch.setattr(
        type(engine),
        "rows",
        lambda self, *args, **kwargs: asked.append(1) or real(self, *args, **kwargs),
    )
    values = [Decimal(n * n % 999_983) / 100 for n in range(20_000)]
    data = table(x=money(values), y=list(range(20_000)))
    find(data, [Ask("x", TOPS, weight="x"), Ask("y", TOPS), Ask("y", better="lower")], engine)
    assert len(asked) == 3
