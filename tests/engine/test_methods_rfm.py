"""RFM on tables worked out by hand."""

import pytest
from classing import customers, graded, letters, scheme

from kefen import schemes
from kefen.explain import explain
from kefen.schemes.methods.rfm.scores import middle_of_scores

EIGHT = schemes.load("rfm")
BANDS = {
    "recency": [10, 20, 30, 40],
    "frequency": [2, 3, 4, 5],
    "monetary": [100, 200, 300, 400],
}


def eight(**fields):
    return schemes.load(EIGHT.dump() | fields)


def scores(found):
    return ["".join(str(row[letter]) for letter in "rfm") for row in found]


def test_fifths_of_five_customers(engine):
    # One customer in each fifth. Recency: fewer days is better.
    table = customers(
        recency=[10, 20, 30, 40, 50], frequency=[1, 2, 3, 4, 5], sales=[20, 40, 60, 80, 100]
    )
    found = graded(engine, EIGHT, table)
    assert scores(found) == ["511", "422", "333", "244", "155"]
    # The mean of 1-5 is 3; a 3 is at it, so high.
    assert [row["class"] for row in found] == [
        "general-develop",
        "general-develop",
        "important-value",
        "important-keep",
        "important-keep",
    ]
    assert [row["score"] for row in found] == [7.0, 8.0, 9.0, 10.0, 11.0]


def test_equals_share_a_score(engine):
    # Frequency: 9 is 20 % (5); four ones are the other 80 %, past every bound but the last (1).
    table = customers(
        recency=[1, 2, 3, 4, 5], frequency=[9, 1, 1, 1, 1], sales=[50, 40, 30, 20, 10]
    )
    assert [row["f"] for row in graded(engine, EIGHT, table)] == [5, 1, 1, 1, 1]


def test_the_eight_classes(engine):
    # By fixed bands: 5 days is 5, 50 days 1; 9 purchases 5, 1 purchase 1; 900 is 5, 9 is 1.
    # Each letter is high in four of eight: its mean score is 3.
    high = {"r": 5, "f": 9, "m": 900}
    low = {"r": 50, "f": 1, "m": 9}
    named = {
        "rfm": "important-value",
        "rm": "important-develop",
        "fm": "important-keep",
        "m": "important-retain",
        "rf": "general-value",
        "r": "general-develop",
        "f": "general-keep",
        "": "general-retain",
    }

    def value(letter):
        return [(high if letter in combination else low)[letter] for combination in named]

    table = customers(recency=value("r"), frequency=value("f"), sales=value("m"))
    found = graded(engine, eight(bands=BANDS), table)
    assert [row["class"] for row in found] == list(named.values())
    assert [row["m_high"] for row in found] == ["m" in combination for combination in named]


def test_band_bounds_belong_to_the_better_score(engine):
    table = customers(
        recency=[10, 11, 40, 41], frequency=[5, 4, 2, 1], sales=["400", "399.99", "100", "99.99"]
    )
    assert scores(graded(engine, eight(bands=BANDS), table)) == ["555", "444", "222", "111"]


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        # Sales 0, 0, 30, 90: mean 30, median 15. Scores by bands 1, 1, 1, 1 would all be high.
        ({"by": "mean", "of": "value"}, [False, False, True, True]),
        ({"by": "median", "of": "value"}, [False, False, True, True]),
        ({"by": "mean", "of": "score"}, [True, True, True, True]),
    ],
)
def test_what_is_high(engine, split, expected):
    table = customers(recency=[5] * 4, frequency=[1] * 4, sales=[0, 0, 30, 90])
    found = graded(engine, eight(bands=BANDS, split=split), table)
    assert [row["m_high"] for row in found] == expected


def test_mean_and_median_differ(engine):
    # Sales 10, 20, 30, 340: mean 100, median 25. Days 10, 20, 30, 340 likewise, less is better.
    table = customers(recency=[10, 20, 30, 340], frequency=[1] * 4, sales=[10, 20, 30, 340])
    mean = graded(engine, eight(split={"by": "mean", "of": "value"}), table)
    assert [row["m_high"] for row in mean] == [False, False, False, True]
    assert [row["r_high"] for row in mean] == [True, True, True, False]
    median = graded(engine, eight(split={"by": "median", "of": "value"}), table)
    assert [row["m_high"] for row in median] == [False, False, True, True]
    assert [row["r_high"] for row in median] == [True, True, False, False]
    # Whole numbers have no 1.75, their mean: two is the least that is high.
    table = customers(recency=[5] * 4, frequency=[1, 1, 2, 3], sales=[1] * 4)
    whole = graded(engine, eight(split={"by": "mean", "of": "value"}), table)
    assert [row["f_high"] for row in whole] == [False, False, True, True]


def test_median_of_scores(engine):
    # By bands, money scores 1, 1, 1, 5: mean 2, median 1.
    table = customers(recency=[5] * 4, frequency=[1] * 4, sales=[1, 2, 3, 900])
    median = graded(engine, eight(bands=BANDS, split={"by": "median"}), table)
    assert [row["m_high"] for row in median] == [True] * 4
    mean = graded(engine, eight(bands=BANDS, split={"by": "mean"}), table)
    assert [row["m_high"] for row in mean] == [False, False, False, True]


@pytest.mark.parametrize(
    ("at_or_above", "customers", "middle"),
    [
        ([2, 3, 3, 4], 6, 3),  # 5, 5, 4 and 2, 1, 1
        ([1, 2, 2, 3], 5, 2),  # 5, 4 and 2 and 1, 1
        ([1, 1, 2, 2], 2, 4),  # 5 and 3
    ],
)
def test_median_score_of_how_many_reach_each(at_or_above, customers, middle):
    assert middle_of_scores(at_or_above, customers, "median") == middle


def test_segments_by_score_map(engine):
    wanted = schemes.load(schemes.load("rfm-segments").dump() | {"bands": BANDS})
    days = {5: 1, 4: 15, 3: 25, 2: 35, 1: 99}
    times = {5: 5, 4: 4, 3: 3, 2: 2, 1: 1}
    money = {5: 400, 4: 300, 3: 200, 2: 100, 1: 1}
    expected = {
        (5, 5, 5): "champions",
        (3, 4, 1): "loyal",
        (1, 5, 5): "cannot-lose",
        (2, 3, 1): "at-risk",
        (5, 2, 1): "potential-loyal",
        (5, 1, 1): "new",
        (4, 1, 1): "promising",
        (3, 2, 2): "need-attention",
        (3, 1, 1): "about-to-sleep",
        (1, 1, 1): "hibernating",
    }
    table = customers(
        recency=[days[r] for r, _, _ in expected],
        frequency=[times[f] for _, f, _ in expected],
        sales=[money[m] for _, _, m in expected],
    )
    assert letters(engine, wanted, table) == list(expected.values())


def test_a_row_of_a_run_is_explained_by_the_scores_that_the_run_kept(engine):
    wanted = eight(bands=BANDS)
    table = customers(recency=[5, 50], frequency=[9, 1], sales=[900, 9])
    standard = schemes.fit(wanted, table, engine)
    row = graded(engine, wanted, table)[0]
    told = explain(wanted, standard, row | {"r": 4, "f": 3}, of_run=True)
    scores = {step.data["letter"]: step.data["score"] for step in told.steps if "cut" in step.data}
    assert (scores, told.score) == ({"r": 4, "f": 3, "m": 5}, 12.0)
    low = explain(wanted, standard, row | {"r_high": False}, of_run=True)
    assert "step-low" in {step.code.rpartition("-")[0] for step in low.steps}
    kept = {*"rfm", *(f"{letter}_high" for letter in "rfm")}
    bare = {name: one for name, one in row.items() if name not in kept}
    assert explain(wanted, standard, bare, of_run=True) == explain(wanted, standard, row)


def test_the_bound_of_a_mean_is_in_cents_where_values_are(engine):
    # The mean of the four is 10.0375: 10.04 is the least that is not below it.
    sales = ["10.01", "10.02", "10.04", "10.08"]
    table = customers(recency=[5] * 4, frequency=[1] * 4, sales=sales)
    found = graded(engine, eight(split={"by": "mean", "of": "value"}), table)
    assert [row["m_high"] for row in found] == [False, False, True, True]


def test_the_way_up_leaves_the_other_letters_as_low_as_they_are(engine):
    parts = [("best", [{"r": 5}]), ("rest", [{}])]
    classes = [{"key": key, "title": {"zh": key, "en": key}, "scores": box} for key, box in parts]
    wanted = scheme("rfm", bands=BANDS, classes=classes)
    table = customers(recency=[99, 99], frequency=[1, 1], sales=[1, 1])
    standard = schemes.fit(wanted, table, engine)
    found = explain(wanted, standard, graded(engine, wanted, table)[0])
    assert (found.next_class, len(found.to_next)) == ("best", 1)
    assert found.to_next[0].data["column"] == "recency"


def test_degenerate_customers(engine):
    one = customers(recency=[9], frequency=[1], sales=[0])
    assert letters(engine, EIGHT, one) == ["important-value"]
    same = customers(recency=[9, 9], frequency=[1, 1], sales=[5, 5])
    assert letters(engine, EIGHT, same) == ["important-value"] * 2
    codes = {note.code for note in schemes.fit(EIGHT, same, engine).notes}
    assert codes == {"all-equal"}


def test_unknown_recency_is_unrated(engine):
    table = customers(recency=[None, 5], frequency=[0, 3], sales=[0, 10], orders=[0, 3])
    found = graded(engine, EIGHT, table)
    assert found[0]["class"] is None
    assert (found[0]["r"], found[0]["r_high"], found[0]["score"]) == (None, None, None)
    nobody = customers(recency=[None], frequency=[0], sales=[0])
    assert letters(engine, EIGHT, nobody) == [None]


def test_a_class_may_hold_several_boxes(engine):
    wanted = scheme(
        "rfm",
        bands=BANDS,
        classes=[
            {"key": "best", "title": {"zh": "好", "en": "Best"}, "scores": [{"r": 5}, {"m": 5}]},
            {"key": "rest", "title": {"zh": "其余", "en": "Rest"}, "scores": [{}]},
        ],
    )
    table = customers(recency=[1, 99, 99], frequency=[1, 1, 1], sales=[1, 900, 1])
    assert letters(engine, wanted, table) == ["best", "best", "rest"]


def test_a_reason_names_the_class_of_the_scores(engine):
    wanted = schemes.load(schemes.load("rfm-segments").dump() | {"bands": BANDS})
    table = customers(recency=[1, 15], frequency=[5, 1], sales=[400, 1])
    standard = schemes.fit(wanted, table, engine)
    found = [explain(wanted, standard, row) for row in graded(engine, wanted, table)]
    assert [reason.class_ for reason in found] == ["champions", "promising"]
