"""Clusters on tables worked out by hand, and beside an independent k-means."""

from decimal import Decimal

import numpy as np
import pytest
from classing import customers, graded, letters, scheme, words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefen import schemes
from kefen.explain import explain


def clusters(*features, groups=2, **fields):
    listed = [
        feature if isinstance(feature, dict) else {"indicator": feature} for feature in features
    ]
    classes = [{"key": key, "title": words(key)} for key in "ABCDEF"[:groups]]
    return scheme("cluster", indicators=listed, classes=classes, **fields)


def minmax(name):
    return {"indicator": name, "scale": "minmax"}


SIX = customers(sales=[1, 101, 0, 100, 2, 102])


def test_two_groups(engine):
    found = graded(engine, clusters(minmax("sales")), SIX)
    assert [row["class"] for row in found] == list("BABABA")
    # 101 is the mean of its group; 100 is one of the 102 between the ends away from it.
    assert found[1]["distance"] == 0.0
    assert found[3]["distance"] == pytest.approx(1 / 102, abs=2e-5)
    assert found[3]["next_distance"] == pytest.approx(99 / 102, abs=2e-5)
    assert {row["score"] for row in found} == {None}


def test_what_the_standard_holds(engine):
    standard = schemes.fit(clusters(minmax("sales")), SIX, engine)
    assert [(c.customers, c.value, c.means) for c in standard.centres] == [
        (3, 101.0, [101.0]),
        (3, 1.0, [1.0]),
    ]
    # Squares to the mean of all, 51: twice 51² + 50² + 49²; to the groups' own: twice 1 + 0 + 1.
    assert standard.explained == pytest.approx(1 - 4 / 15004, abs=1e-5)
    # 0: (101 - 1.5) / 101; 1: (100 - 1) / 100; 2: (99 - 1.5) / 99; the others mirror them.
    by_hand = (99.5 / 101 + 0.99 + 97.5 / 99) / 3
    assert standard.silhouette == pytest.approx(by_hand, abs=1e-4)
    # 100 between the groups; the deviation of all is the root of 15004 / 6.
    assert standard.centres[0].apart == [pytest.approx(100 / (15004 / 6) ** 0.5, abs=1e-3)]
    assert standard.notes == []


def test_the_most_valuable_comes_first(engine):
    # Much sold at a loss: by sales the first group is A, by profit the second.
    table = customers(sales=[1, 2, 100, 101], profit=[5, 6, -9, -8])
    assert letters(engine, clusters("sales"), table) == list("BBAA")
    assert letters(engine, clusters("sales", value="profit"), table) == list("AABB")


def test_scales(engine):
    # Mean 2, deviation 2: coordinates -1, -1, -1, -1 and 1, 1, 1, 1 of 0 and 4.
    table = customers(sales=[0, 4] * 4)
    [scale] = schemes.fit(clusters("sales"), table, engine).scales
    assert (scale.centre, scale.spread) == (2.0, 2.0)
    # ln(1 + x): 0 and ln 5, so mean and deviation are half of ln 5.
    log = clusters({"indicator": "sales", "scale": "log"})
    [scale] = schemes.fit(log, table, engine).scales
    assert scale.centre == pytest.approx(np.log(5) / 2)
    assert scale.spread == pytest.approx(np.log(5) / 2)
    negative = graded(engine, log, customers(sales=["-1e10", 0, "1e10"]))
    assert [row["class"] for row in negative][2] == "A"


def test_too_few_facts_are_unrated(engine):
    wanted = clusters("sales", "recency", minimum={"orders": 1})
    table = customers(sales=[1, 9, 1, 9, None], recency=[1, 9, None, 9, 1], orders=[1, 1, 1, 0, 1])
    found = graded(engine, wanted, table)
    assert [row["class"] for row in found] == ["B", "A", None, None, None]
    assert [row["distance"] for row in found] == [0.0, 0.0, None, None, None]


def notes(engine, wanted, table):
    return [note.code for note in schemes.fit(wanted, table, engine).notes]


def test_degenerate_customers(engine):
    same = customers(sales=[5, 5, 5])
    assert letters(engine, clusters("sales"), same) == ["A", "A", "A"]
    assert notes(engine, clusters("sales"), same) == ["all-equal", "fewer-clusters"]
    few = customers(sales=[5, 9])
    assert letters(engine, clusters("sales", groups=4), few) == ["B", "A"]
    assert notes(engine, clusters("sales", groups=4), few) == ["fewer-clusters"]
    nobody = customers(sales=[None, None])
    assert letters(engine, clusters("sales"), nobody) == [None, None]
    assert notes(engine, clusters("sales"), nobody) == ["no-customers"]
    assert letters(engine, clusters("sales"), customers(sales=[])) == []
    partly = customers(sales=[1, 2, 50], recency=[7, 7, 7])
    assert letters(engine, clusters("sales", "recency"), partly) == list("BBA")
    worthless = clusters("recency", value="profit")
    unknown = customers(sales=[1] * 4, profit=[None] * 4, recency=[1, 2, 90, 91])
    found = letters(engine, worthless, unknown)
    assert sorted(found) == ["A", "A", "B", "B"]


def test_why(engine):
    wanted = clusters(minmax("sales"), "recency")
    table = customers(sales=[0, 100, 2, 102], recency=[9, 1, 9, 1])
    standard = schemes.fit(wanted, table, engine)
    row = {"sales": Decimal(100), "recency": 1}
    lines = explain(wanted, standard, row).text("en").splitlines()
    traits = "Days since last purchase low (1 day on average); Sales high (101 on average)"
    assert lines == [
        "A",
        "- Sales 100: 98% of the way from the least to the greatest.",
        "- Days since last purchase 1 day: 1 standard deviations below the mean.",
        "- Nearest to A, at a distance of 0.01; next comes B, at 2.22.",
        f"- What sets A apart: {traits}.",
    ]
    assert "最近" in explain(wanted, standard, row).text("zh")
    kept = explain(wanted, standard, row | {"class": "A"}, of_run=True)  # without its distances
    assert kept.text("en").splitlines() == lines
    near = row | {"class": "A", "distance": 0.25, "next_distance": 0.75}
    assert "at a distance of 0.25; next comes B, at 0.75" in explain(
        wanted, standard, near, of_run=True
    ).text("en")
    lacking = explain(wanted, standard, row | {"sales": None})
    assert (lacking.class_, lacking.sentences("en")) == (None, ["Sales is not known."])
    nobody = schemes.fit(wanted, customers(sales=[None], recency=[None]), engine)
    assert [step.code for step in explain(wanted, nobody, row).steps] == ["step-no-standard"]


def test_what_sets_apart_begins_at_half_a_standard_deviation(engine):
    wanted = clusters(minmax("sales"), "recency")
    table = customers(sales=[0, 100, 2, 102], recency=[9, 1, 9, 1])
    standard = schemes.fit(wanted, table, engine)
    first, *others = standard.centres
    for apart, told in (
        (
            [0.5, -0.6],
            "Days since last purchase low (1 day on average); Sales high (101 on average).",
        ),
        ([0.49, 0.5], "Days since last purchase high (1 day on average)."),
    ):
        centres = [first.model_copy(update={"apart": apart}), *others]
        changed = standard.model_copy(update={"centres": centres})
        lines = explain(wanted, changed, {"sales": 100, "recency": 1}).text("en").splitlines()
        assert lines[-1] == f"- What sets A apart: {told}"


@pytest.mark.parametrize("scale", ["zscore", "minmax", "log"])
def test_as_good_as_an_independent_search(engine, scale):
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    chance = np.random.default_rng(5)
    middles = np.array([[20, 300], [200, 30], [900, 90], [400, 200]])
    at = np.abs(middles[chance.integers(0, 4, 700)] + chance.normal(0, [40, 25], (700, 2)))
    money, days = at[:, 0].round(2), at[:, 1].round()
    wanted = clusters(
        {"indicator": "sales", "scale": scale}, {"indicator": "recency", "scale": scale}, groups=4
    )
    table = customers(sales=[f"{x:.2f}" for x in money], recency=[int(x) for x in days])
    standard = schemes.fit(wanted, table, engine)
    data = np.column_stack([money, days])
    data = np.log1p(data) if scale == "log" else data
    low, high = data.min(axis=0), data.max(axis=0)
    spread = high - low if scale == "minmax" else data.std(axis=0)
    data = (data - (low if scale == "minmax" else data.mean(axis=0))) / spread
    model = KMeans(4, n_init=8, random_state=0).fit(data)
    whole = ((data - data.mean(axis=0)) ** 2).sum()
    assert standard.explained == pytest.approx(1 - model.inertia_ / whole, abs=2e-4)
    theirs = silhouette_score(data, model.labels_)
    assert standard.silhouette == pytest.approx(theirs, abs=0.03)


def test_more_customers_than_the_sample(engine):
    size = 9000
    data = customers(
        sales=[(n * 7919) % 9973 + (20_000 if n % 3 else 0) for n in range(size)],
        frequency=[1 + n % 5 for n in range(size)],
    )
    wanted = clusters("sales", groups=2)
    standard = schemes.fit(wanted, data, engine)
    assert [centre.customers for centre in standard.centres] == [6000, 3000]
    # Few different customers: the sample takes them all in.
    coarse = schemes.fit(clusters("frequency", groups=5), data, engine)
    assert [centre.means for centre in coarse.centres].count([3.0]) == 1
    assert coarse.explained == 1.0


FAULTS = [
    ({"indicators": []}, "indicators", "too-few"),
    ({"indicators": [{"indicator": "sales"}] * 2}, "indicators[1].indicator",
     "duplicate-indicator"),
    ({"indicators": [{"indicator": "main_channel"}]}, "indicators[0].indicator",
     "indicator-not-number"),
    ({"indicators": [{"indicator": "sales", "scale": "rank"}]}, "indicators[0].scale",
     "not-allowed"),
    ({"indicators": "sales"}, "indicators", "wrong-type"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "path", "code"), FAULTS)
def test_faults(fields, path, code):
    document = clusters("sales").dump() | fields
    assert (path, code) in [(fault.path, fault.code) for fault in schemes.check(document)]


person = st.fixed_dictionaries(
    {
        "sales": st.integers(-(10**4), 10**6).map(lambda cents: Decimal(cents).scaleb(-2)),
        "recency": st.integers(0, 400) | st.none(),
        "growth": st.floats(-5, 50, allow_nan=False).map(lambda x: round(x, 3)) | st.none(),
    }
)
people = st.lists(person, min_size=1, max_size=20)
quick = settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
THREE = clusters("sales", minmax("recency"), {"indicator": "growth", "scale": "log"}, groups=3)
TWO = clusters("sales", minmax("recency"), groups=3)


def table(listed):
    return customers(**{name: [one[name] for one in listed] for name in listed[0]})


@quick
@given(people, st.randoms())
def test_order_of_rows_is_nothing(engine, listed, chance):
    places = list(range(len(listed)))
    chance.shuffle(places)
    before = letters(engine, THREE, table(listed))
    after = letters(engine, THREE, table([listed[place] for place in places]))
    assert after == [before[place] for place in places]


@quick
@given(people)
def test_the_currency_is_nothing(engine, listed):
    doubled = [one | {"sales": one["sales"] * 4} for one in listed]
    assert letters(engine, TWO, table(doubled)) == letters(engine, TWO, table(listed))


@quick
@given(people)
def test_one_alone_is_as_among_all_and_as_explained(engine, listed):
    data = table(listed)
    standard = schemes.fit(THREE, data, engine)
    together = graded(engine, THREE, data)
    alone = schemes.assign(THREE, standard, data.filter(data.customer_id == "1"))
    assert engine.backend.to_pyarrow(alone).to_pylist() == together[:1]
    for row in together:
        told = explain(THREE, standard, row)
        assert told.class_ == row["class"]
        assert "{" not in told.text("en") + told.text("zh")
