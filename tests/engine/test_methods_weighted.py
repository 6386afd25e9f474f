"""Weighted scores on tables worked out by hand."""

import pytest
from classing import classes, customers, graded, letters, scheme

from kefen import schemes
from kefen.explain import explain

HALVES = classes(80, 50, field="at_least")


def item(indicator, weight, by="minmax", **fields):
    normalise = {"by": by} | {k: fields.pop(k) for k in ("clip", "bands") if k in fields}
    better = fields.pop("better", "higher")
    return {
        "indicator": indicator,
        "weight": weight,
        "better": better,
        "normalise": normalise,
    } | fields


def weighted(*items, **fields):
    return scheme("weighted", indicators=list(items), **({"classes": HALVES} | fields))


def column(found, name):
    return [row[name] for row in found]


def test_minmax(engine):
    # Sales 0-200: 50 of 200 is 25 points. Days 10-110, less is better: 35 days is 75 points.
    wanted = weighted(item("sales", 60), item("recency", 40, better="lower"))
    found = graded(engine, wanted, customers(sales=[0, 200, 50], recency=[10, 110, 35]))
    assert column(found, "norm_sales") == [0.0, 100.0, 25.0]
    assert column(found, "norm_recency") == [100.0, 0.0, 75.0]
    assert column(found, "contribution_sales") == [0.0, 60.0, 15.0]
    assert column(found, "score") == [40.0, 60.0, 45.0]
    assert column(found, "class") == ["C", "B", "C"]


def test_weights_may_make_one_or_a_hundred(engine):
    table = customers(sales=[0, 200, 50], recency=[10, 110, 35])
    ones = weighted(item("sales", 0.6), item("recency", 0.4, better="lower"))
    assert column(graded(engine, ones, table), "score") == [40.0, 60.0, 45.0]


def test_a_score_on_the_bound_is_in(engine):
    # 0.7 * 100 + 0.1 * 100 in binary falls just short of 80.
    wanted = weighted(item("sales", 70), item("profit", 10), item("recency", 20, better="lower"))
    table = customers(sales=[100, 0], profit=[100, 0], recency=[9, 1])
    found = graded(engine, wanted, table)
    assert column(found, "score") == [80.0, 20.0]
    assert column(found, "class") == ["A", "C"]


def test_minmax_clipped(engine):
    # 1..100: the 1 % quantile is 1 + 0.99 = 1.99, the 99 % quantile 99.01; 50.5 is half-way.
    wanted = weighted(item("sales", 1, clip=["1%", "99%"]))
    values = [*range(1, 101)]
    found = column(graded(engine, wanted, customers(sales=values)), "score")
    assert found[0] == 0.0
    assert found[-1] == 100.0
    assert found[49] == pytest.approx((50 - 1.99) / (99.01 - 1.99) * 100)


def test_percentile_is_the_share_of_others_beaten(engine):
    # As PERCENTRANK.INC: of 4 others, 2 beats two and 3 beats three; equals do not beat equals.
    found = graded(
        engine, weighted(item("sales", 1, "percentile")), customers(sales=[1, 1, 2, 3, 4])
    )
    assert column(found, "score") == [0.0, 0.0, 50.0, 75.0, 100.0]
    lower = weighted(item("recency", 1, "percentile", better="lower"))
    found = graded(engine, lower, customers(recency=[1, 1, 2, 3, 4]))
    assert column(found, "score") == [75.0, 75.0, 50.0, 25.0, 0.0]


def test_percentile_of_a_crowd(engine):
    # 60 at zero beat nobody; the 40 above beat 60 and more. No value lies in between.
    found = graded(
        engine,
        weighted(item("sales", 1, "percentile")),
        customers(sales=[0] * 60 + [*range(1, 41)]),
    )
    scores = column(found, "score")
    assert scores[:60] == [0.0] * 60
    assert scores[60] == pytest.approx(60 / 99 * 100)
    assert scores == sorted(scores)
    assert scores[-1] == 100.0


def test_zscore_is_a_t_score(engine):
    # 2 4 4 4 5 5 7 9: mean 5, standard deviation 2. 9 is two above (70), 2 is 1.5 below (35).
    found = graded(
        engine, weighted(item("sales", 1, "zscore")), customers(sales=[2, 4, 4, 4, 5, 5, 7, 9])
    )
    assert column(found, "score") == pytest.approx([35, 45, 45, 45, 50, 50, 60, 70])


def test_bands(engine):
    bands = [{"at_least": 100, "points": 100}, {"at_least": 10, "points": 40}]
    found = graded(
        engine,
        weighted(item("sales", 1, "bands", bands=bands)),
        customers(sales=["100", "99.99", "10", "9.99", "-1"]),
    )
    assert column(found, "score") == [100.0, 40.0, 40.0, 0.0, 0.0]
    days = [{"at_most": 30, "points": 100}, {"at_most": 90, "points": 50}]
    lower = weighted(item("recency", 1, "bands", bands=days, better="lower"))
    found = graded(engine, lower, customers(recency=[30, 31, 91]))
    assert column(found, "score") == [100.0, 50.0, 0.0]


def test_points_end_at_the_least_and_the_greatest(engine):
    wanted = weighted(item("sales", 1))
    standard = schemes.fit(wanted, customers(sales=[0, 200]), engine)
    for sales, score in ((-5, 0), (0, 0), (50, 25), (200, 100), (300, 100)):
        assert explain(wanted, standard, {"sales": sales, "orders": 1}).score == score


@pytest.mark.parametrize(
    ("missing", "lines"),
    [
        (
            "skip",
            [
                "Sales 100, between 0 and 200: 50 points × weight 100% = 50.",
                "Gross profit is not known; its weight 40% is shared among the others.",
                "Score: 50 = 50.",
            ],
        ),
        (
            "zero",
            [
                "Sales 100, between 0 and 200: 50 points × weight 60% = 30.",
                "Gross profit is not known and counts 0 points (weight 40%).",
                "Score: 30 + 0 = 30.",
            ],
        ),
    ],
)
def test_what_is_not_known_is_told(engine, missing, lines):
    wanted = weighted(item("sales", 60), item("profit", 40, missing=missing))
    standard = schemes.fit(wanted, customers(sales=[0, 200], profit=[0, 100]), engine)
    told = explain(wanted, standard, {"sales": 100, "profit": None, "orders": 1})
    assert told.sentences("en")[:3] == lines


@pytest.mark.parametrize(
    ("missing", "score", "norm"),
    # The last customer has 50 of 100 in sales and no known profit; weights 60 and 40.
    [("unrated", None, None), ("zero", 30.0, 0.0), ("skip", 50.0, None)],
)
def test_missing_values(engine, missing, score, norm):
    wanted = weighted(item("sales", 60), item("profit", 40, missing=missing))
    table = customers(sales=[0, 100, 50], profit=[0, 100, None])
    found = graded(engine, wanted, table)[-1]
    assert (found["score"], found["norm_profit"]) == (score, norm)
    assert (found["class"] is None) == (score is None)


def test_the_next_class_is_the_one_above_and_classes_that_share_a_cut_are_passed_over(engine):
    """Cuts by share of customers are alike where many have one score."""
    table = customers(sales=[0, 200])
    for cuts, way in (
        ([50], {10: "A", 60: None}),
        ([80, 50], {10: "B", 60: "A", 90: None}),
        ([80, 50, 50], {10: "B", 60: "A"}),
        ([80, 80, 50], {10: "C", 60: "A"}),
    ):
        parts = classes(*(90 - n for n in range(len(cuts))), field="at_least")
        wanted = weighted(item("sales", 1), classes=parts)
        standard = schemes.fit(wanted, table, engine).model_copy(update={"cuts": cuts})
        for score, upper in way.items():
            told = explain(wanted, standard, {"sales": 2 * score})
            assert told.next_class == upper
            code = "step-score-at-least" if score >= cuts[-1] else "step-score-below"
            assert told.steps[-1].code == code


def test_a_row_of_a_run_is_explained_by_what_the_run_kept(engine):
    wanted = weighted(item("sales", 60), item("recency", 40, better="lower"))
    table = customers(sales=[0, 200, 50], recency=[10, 110, 35])
    standard = schemes.fit(wanted, table, engine)
    row = graded(engine, wanted, table)[2]
    kept = {"norm_sales": 30.0, "contribution_sales": 18.0, "norm_recency": 70.0,
            "contribution_recency": 28.0, "score": 46.0}  # fmt: skip
    told = explain(wanted, standard, row | kept, of_run=True)
    assert (told.class_, told.score) == ("C", 46.0)
    assert told.sentences("en")[:3] == [
        "Sales 50, between 0 and 200: 30 points × weight 60% = 18.",
        (
            "Days since last purchase 35 days, between 10 days and 110 days: "
            "70 points × weight 40% = 28."
        ),
        "Score: 18 + 28 = 46.",
    ]
    bare = {name: one for name, one in row.items() if name not in kept}
    assert explain(wanted, standard, bare, of_run=True).score == 45.0


def test_values_that_are_too_near_to_tell_apart_are_one(engine):
    """Points would rise without end between 0 and the least number above it."""
    wanted = weighted(item("growth", 1))
    table = customers(growth=[0.0, 5e-324])
    standard = schemes.fit(wanted, table, engine)
    scores = [explain(wanted, standard, {"growth": one, "orders": 1}).score for one in (0.0, 1.0)]
    assert scores == [100.0, 100.0]


def test_why_a_customer_is_not_rated_is_told(engine):
    wanted = weighted(item("sales", 60), item("profit", 40, missing="skip"))
    standard = schemes.fit(wanted, customers(sales=[0, 200], profit=[0, 10]), engine)
    lines = explain(wanted, standard, {"sales": None, "profit": 5}).sentences("en")
    assert lines == ["Sales is not known."]
    nobody = schemes.fit(wanted, customers(sales=[None], profit=[None]), engine)
    [step] = explain(wanted, nobody, {"sales": 5, "profit": 5}).steps
    assert step.code == "step-no-standard"


def test_nothing_known_at_all_is_unrated(engine):
    wanted = weighted(item("sales", 60, missing="skip"), item("profit", 40, missing="skip"))
    table = customers(sales=[0, 100, None], profit=[0, 100, None])
    assert letters(engine, wanted, table) == ["C", "A", None]


def test_an_indicator_nobody_has(engine):
    wanted = weighted(item("sales", 60), item("profit", 40, missing="skip"))
    table = customers(sales=[0, 100], profit=[None, None])
    standard = schemes.fit(wanted, table, engine)
    assert [note.code for note in standard.notes] == ["all-missing"]
    assert letters(engine, wanted, table) == ["C", "A"]


@pytest.mark.parametrize("by", ["minmax", "percentile", "zscore"])
def test_alike_customers_are_in_the_middle(engine, by):
    wanted = weighted(item("sales", 1, by))
    for sales in ([7], [7, 7, 7]):
        found = graded(engine, wanted, customers(sales=sales))
        assert column(found, "score") == [50.0] * len(sales)
        assert column(found, "class") == ["B"] * len(sales)


def test_cut_by_share_of_customers(engine):
    # Scores follow sales; a fifth of five is the first, three fifths the first three.
    wanted = weighted(item("sales", 1), cut="customers", classes=classes(0.2, 0.6, field="upto"))
    assert letters(engine, wanted, customers(sales=[10, 50, 30, 20, 40])) == list("CABCB")


def test_the_cut_takes_what_is_skipped_as_the_score_does(engine):
    # 0, 100, 50 of the sales alone, and 36: half of the four are the second and the third.
    wanted = weighted(
        item("sales", 60),
        item("profit", 40, missing="skip"),
        cut="customers",
        classes=classes(0.5, field="upto"),
    )
    table = customers(sales=[0, 100, 50, 40], profit=[0, 100, None, 30])
    assert letters(engine, wanted, table) == list("BAAB")


def test_cut_by_share_of_value(engine):
    # In order of recency: 50 % of sales, then 90 %, then all.
    wanted = weighted(
        item("recency", 1, better="lower"),
        cut="value",
        classes=classes(0.5, 0.95, field="upto"),
    )
    table = customers(recency=[3, 1, 2], sales=[10, 50, 40])
    assert letters(engine, wanted, table) == ["C", "A", "B"]


@pytest.mark.parametrize("cut", ["customers", "value"])
def test_nobody_to_fit_on(engine, cut):
    wanted = weighted(item("sales", 1), cut=cut, classes=classes(0.5, field="upto"))
    assert letters(engine, wanted, customers(sales=[])) == []
    assert letters(engine, wanted, customers(sales=[None])) == [None]


def test_too_few_facts_are_unrated(engine):
    wanted = weighted(item("sales", 1, missing="zero"), minimum={"orders": 1})
    found = graded(engine, wanted, customers(sales=[5, None, 0], orders=[1, 0, 1]))
    assert column(found, "norm_sales") == [100.0, None, 0.0]
    assert column(found, "class") == ["A", None, "C"]


def test_nothing_known_and_all_skipped_is_unrated_in_both_forms(engine):
    """A table and a single row alike say None, not 0 points."""
    items = [item(name, 50, missing="skip") for name in ("sales", "profit")]
    wanted = weighted(*items)
    table = customers(sales=[0, 100, None], profit=[0, 50, None])
    standard = schemes.fit(wanted, table, engine)
    found = graded(engine, wanted, table)
    assert column(found, "score") == [0.0, 100.0, None]
    reason = explain(wanted, standard, found[2])
    assert (reason.score, reason.class_) == (None, None)
    assert reason.sentences("en") == ["Sales is not known.", "Gross profit is not known."]
