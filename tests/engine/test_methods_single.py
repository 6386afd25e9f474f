"""Threshold, share and quantile on tables worked out by hand."""

import pytest
from classing import classes, customers, graded, letters, scheme, words

from kefen import schemes
from kefen.errors import SchemeError

ABC = scheme("share", classes=classes(0.75, 0.95, field="upto"))
TIERS = scheme("quantile", classes=classes(0.2, 0.3, field="share"))
BANDS = scheme("threshold", classes=classes(1000, 200, field="at_least"))


def test_abc_counts_each_customer_in_its_own_share(engine):
    # Running totals of 100: 50, 75 | 85, 95 | 99, 100. Both 75 and 95 are still inside.
    assert letters(engine, ABC, customers(sales=[50, 25, 10, 10, 4, 1])) == list("AABBCC")


def test_abc_equals_share_a_class(engine):
    # 40 is 40 %; the three twenties together reach 100 %, past both bounds.
    assert letters(engine, ABC, customers(sales=[20, 40, 20, 20])) == list("CACC")


def test_abc_top_is_always_a(engine):
    # 90 % is past 75 %, yet the top customer is A; nobody is left for B.
    assert letters(engine, ABC, customers(sales=[10, 90])) == list("CA")
    assert letters(engine, ABC, customers(sales=[7])) == ["A"]


def test_abc_without_a_positive_value_is_the_last_class(engine):
    # The total is that of positive sales: 60 + 20 + 20. 60 %, then the twenties reach 100 %.
    found = letters(engine, ABC, customers(sales=[60, 20, 20, 0, -500, None]))
    assert found == ["A", "C", "C", "C", "C", None]


def test_abc_all_equal_are_all_at_the_top(engine):
    table = customers(sales=[10, 10, 10])
    assert letters(engine, ABC, table) == list("AAA")
    assert [n.code for n in schemes.fit(ABC, table, engine).notes] == ["all-equal"]


def test_abc_where_nobody_has_anything_says_so(engine):
    table = customers(sales=[0, -3])
    assert letters(engine, ABC, table) == ["C", "C"]
    assert [n.code for n in schemes.fit(ABC, table, engine).notes] == ["nothing-positive"]


def test_abc_is_exact_to_the_cent(engine):
    # 40 %, 75 %, 95 % and 100 % of 0.40: none of these sums is exact in binary fractions.
    table = customers(sales=["0.16", "0.14", "0.08", "0.02"])
    assert letters(engine, ABC, table) == list("AABC")


def test_abc_tells_cents_apart_that_a_double_does_not(engine):
    # 50 % and all: the bound of A is the larger, a cent above the other.
    large = ["1000000000000000.03", "1000000000000000.02"]
    assert letters(engine, schemes.load("abc"), customers(sales=large)) == ["A", "C"]


def test_abc_of_real_numbers(engine):
    wanted = scheme(
        "share", indicator="average_order_value", classes=classes(0.75, 0.95, field="upto")
    )
    table = customers(average_order_value=[50.0, 25.0, 20.0, 5.0, float("nan")])
    assert letters(engine, wanted, table) == ["A", "A", "B", "C", None]


def test_tiers_by_share_of_customers(engine):
    # Ten customers: 20 % are the first two, 50 % the first five.
    table = customers(sales=[100, 90, 80, 70, 60, 50, 40, 30, 20, 10])
    assert letters(engine, TIERS, table) == list("AABBBCCCCC")


def test_tiers_keep_equals_together(engine):
    # 9 is 10 %; the three eights reach 40 %, past 20 % and within 50 %; 5 is 50 %.
    table = customers(sales=[9, 8, 8, 8, 5, 4, 3, 2, 1, 0])
    assert letters(engine, TIERS, table) == list("ABBBBCCCCC")


def test_tiers_of_one_and_of_equals(engine):
    assert letters(engine, TIERS, customers(sales=[-1])) == ["A"]
    assert letters(engine, TIERS, customers(sales=[3, 3])) == ["A", "A"]


def test_pyramid_of_a_hundred(engine):
    wanted = schemes.load("pyramid")
    found = letters(engine, wanted, customers(sales=list(range(100, 0, -1))))
    assert found == ["key"] + ["major"] * 4 + ["ordinary"] * 15 + ["long-tail"] * 80


def test_tiers_where_less_is_better(engine):
    wanted = scheme(
        "quantile", indicator="recency", better="lower", classes=classes(0.25, field="share")
    )
    assert letters(engine, wanted, customers(recency=[30, 5, 90, 5, 60, 7, 8, 9])) == list(
        "BABABBBB"
    )


def test_threshold_takes_the_bound_itself(engine):
    table = customers(sales=["1000", "999.99", "200.00", "199.99", "0", "-5", None])
    assert letters(engine, BANDS, table) == ["A", "B", "B", "C", "C", "C", None]


def test_threshold_between_the_cents(engine):
    wanted = scheme("threshold", classes=classes(0.125, field="at_least"))
    assert letters(engine, wanted, customers(sales=["0.13", "0.12"])) == ["A", "B"]


def test_threshold_where_less_is_better(engine):
    wanted = scheme(
        "threshold", indicator="recency", better="lower", classes=classes(30, 90, field="at_most")
    )
    assert letters(engine, wanted, customers(recency=[30, 31, 90, 91, 0])) == list("ABBCA")


@pytest.mark.parametrize("wanted", [ABC, TIERS, BANDS], ids=["share", "quantile", "threshold"])
def test_too_few_facts_are_unrated(engine, wanted):
    fields = wanted.dump() | {"minimum": {"orders": 2}}
    table = customers(sales=[900, 800, 700], orders=[2, 1, None])
    found = graded(engine, schemes.load(fields), table)
    assert [row["class"] is None for row in found] == [False, True, True]
    assert [row["score"] for row in found] == [900.0, None, None]


@pytest.mark.parametrize("wanted", [ABC, TIERS], ids=["share", "quantile"])
def test_nobody_to_fit_on_leaves_everybody_unrated(engine, wanted):
    standard = schemes.fit(wanted, customers(sales=[None, None]), engine)
    assert standard.customers == 0
    assert [note.code for note in standard.notes] == ["no-customers"]
    found = schemes.assign(wanted, standard, customers(sales=[5, 6]))
    assert found["class"].to_pyarrow().to_pylist() == [None, None]


def test_empty_table(engine):
    assert letters(engine, ABC, customers(sales=[])) == []


ASKED = [{"indicator": "sales", "weight": 1, "normalise": {"by": "minmax"}}]
PAIR = [{"key": key, "title": words(key)} for key in "AB"]


@pytest.mark.parametrize(
    "wanted",
    [
        ABC,
        TIERS,
        scheme("threshold", classes=classes(9, field="at_least")),
        scheme("weighted", indicators=ASKED, classes=classes(50, field="at_least")),
        scheme("cluster", indicators=[{"indicator": "sales"}], classes=PAIR),
        schemes.load("rfm"),
    ],
    ids=["share", "quantile", "threshold", "weighted", "cluster", "rfm"],
)
def test_a_column_that_is_missing_or_no_number_is_named(engine, wanted):
    facts = {"recency": [1, 2], "frequency": [1, 2], "orders": [1, 2]}
    table = customers(sales=[1, 2], **facts)
    standard = schemes.fit(wanted, table, engine)
    text = table.mutate(sales=table.sales.cast("string"))
    for given, code in ((table.drop("sales"), "missing-column"), (text, "column-not-number")):
        for ask in (
            lambda given=given: schemes.fit(wanted, given, engine),
            lambda given=given: schemes.assign(wanted, standard, given),
        ):
            with pytest.raises(SchemeError) as refused:
                ask()
            assert (refused.value.code, refused.value.data["column"]) == (code, "sales")


def test_a_standard_of_another_method_is_refused(engine):
    table = customers(sales=[1])
    with pytest.raises(SchemeError, match="other-method"):
        schemes.assign(TIERS, schemes.fit(ABC, table, engine), table)
