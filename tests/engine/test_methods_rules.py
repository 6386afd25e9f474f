"""Rules on tables worked out by hand: who is where, why, and what would lead on."""

from decimal import Decimal
from math import inf, nextafter

import ibis
import pyarrow as pa
import pytest
from classing import customers, graded, letters, scheme, words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefen import schemes
from kefen.explain import explain
from kefen.explain.conditions import phrase

ABC = [{"key": key, "title": words(key)} for key in "ABC"]
RULES = [
    {
        "class": "A",
        "when": {
            "all": [
                {"indicator": "sales", "at_least": 1000},
                {"indicator": "recency", "at_most": 30},
            ]
        },
    },
    {"class": "B", "when": {"indicator": "orders", "above": 2}},
]


def rules(listed=None, classes=None, **fields):
    fields = {"else": "C", "minimum": {}} | fields
    return scheme("rules", rules=listed or RULES, classes=classes or ABC, **fields)


def told(wanted, row, lang="en"):
    standard = schemes.METHODS["rules"].standard(scheme=wanted.hash, customers=1)
    return explain(wanted, standard, row)


def test_first_match_wins(engine):
    # 1 and 2 meet both rules; 3 only the second; 4 is too long ago; 5 has two orders.
    table = customers(
        sales=[1000, 5000, 999.99, 1000, 0], recency=[30, 1, 1, 31, 9], orders=[9, 3, 3, 2, 2]
    )
    found = graded(engine, rules(), table)
    assert [row["class"] for row in found] == list("AABCC")
    assert [row["rule"] for row in found] == [1, 1, 2, 0, 0]
    assert {row["score"] for row in found} == {None}


def test_without_else_the_rest_are_unrated(engine):
    classes = ABC[:2]
    wanted = rules(classes=classes, **{"else": None})
    found = graded(engine, wanted, customers(sales=[1000, 0], recency=[1, 1], orders=[0, 0]))
    assert [row["class"] for row in found] == ["A", None]
    assert [row["rule"] for row in found] == [1, None]


def test_the_way_of_an_attribute_is_the_one_value_it_must_have():
    for test, code, target in (
        ({"attribute": "city", "is": "上海"}, "next-is", "上海"),
        ({"attribute": "city", "contains": ["VIP"]}, "next-contains", "VIP"),
    ):
        listed = [{"class": "A", "when": {"any": [test, {"indicator": "sales", "missing": True}]}}]
        wanted = rules(listed, classes=[ABC[0], ABC[2]])
        found = told(wanted, {"sales": 1})
        assert (found.class_, found.next_class) == ("C", "A")
        [step] = found.to_next
        assert (step.code, step.data["target"]) == (code, target)


def test_nobody_falls_to_the_rest_of_whom_nothing_is_known(engine):
    asked = [{"class": "A", "when": {"indicator": "growth", "above": 0}},
             {"class": "B", "when": {"indicator": "margin", "above": 0}}]  # fmt: skip
    wanted = rules(asked)
    table = customers(growth=[0.1, None, None, float("nan")], margin=[None, -1.0, None, None])
    assert letters(engine, wanted, table) == ["A", "C", None, None]
    assert "Nothing is known" in told(wanted, {"growth": None, "margin": None}).text()


def test_too_few_facts_are_unrated(engine):
    table = customers(sales=[5000, 5000], recency=[1, 1], orders=[1, 0])
    assert letters(engine, rules(minimum={"orders": 1}), table) == ["A", None]


def test_attributes_and_labels(engine):
    asked = [
        {"class": "A", "when": {"attribute": "source_channel", "in": ["转介绍", "referral"]}},
        {"class": "B", "when": {"not": {"indicator": "main_channel", "missing": True}}},
    ]
    wanted = rules(asked)
    table = ibis.memtable(
        pa.table(
            {
                "customer_id": ["1", "2", "3", "4"],
                "sales": pa.array([Decimal(1)] * 4, pa.decimal128(18, 2)),
                "source_channel": ["referral", "fair", "fair", None],
                "main_channel": pa.array([None, "web", None, None], pa.string()),
            }
        )
    )
    assert letters(engine, wanted, table) == ["A", "B", "C", None]
    row = {"source_channel": "fair", "main_channel": None}
    assert told(wanted, row).sentences("en") == [
        "Rule 1, A, does not: Source is fair, not 转介绍 or referral.",
        "Rule 2, B, does not: Main channel is not known.",
        "No rule holds, so C.",
    ]
    assert told(wanted, row).next_class == "A"
    assert told(wanted, row).way("en") == ["Source must be 转介绍 or referral (fair now)."]


def test_why_and_the_way_on():
    row = {"sales": Decimal("400.00"), "recency": 60, "orders": 2}
    found = told(rules(), row)
    assert found.text("en").splitlines() == [
        "C",
        "- Rule 1, A, does not: Sales 400 < 1,000; Days since last purchase 60 days > 30 days.",
        "- Rule 2, B, does not: Orders 2 ≤ 2.",
        "- No rule holds, so C.",
        "To reach B:",
        "- Orders up by 1: 2 → 3.",
    ]
    higher = told(rules(), row | {"orders": 3})
    assert higher.way("en") == [
        "Sales up by 600: 400 → 1,000.",
        "Days since last purchase down by 30 days: 60 days → 30 days.",
    ]
    assert told(rules(), row | {"orders": 3}).next_class == "A"
    assert "符合第 2 条规则" in higher.text("zh")


@pytest.mark.parametrize(
    ("test", "value", "target"),
    [
        ({"indicator": "recency", "at_most": 29}, 60, 29),
        ({"indicator": "recency", "below": 30}, 60, 29),
        ({"indicator": "recency", "below": 29.5}, 60, 29),
        ({"indicator": "orders", "at_least": 2.5}, 1, 3),
        ({"indicator": "orders", "above": 2.5}, 1, 3),
        ({"indicator": "orders", "above": 3}, 1, 4),
        ({"indicator": "sales", "at_least": 99.999}, Decimal(1), Decimal("100.00")),
        ({"indicator": "sales", "above": 100}, Decimal(1), Decimal("100.01")),
        ({"indicator": "sales", "below": 100}, Decimal(200), Decimal("99.99")),
        ({"indicator": "sales", "below": 0.015}, Decimal(200), Decimal("0.01")),
        ({"indicator": "growth", "at_least": 0.1}, 0.05, 0.1),
        ({"indicator": "growth", "above": 0.1}, 0.05, nextafter(0.1, inf)),
        ({"indicator": "growth", "below": 0.1}, 0.5, nextafter(0.1, -inf)),
    ],
)
def test_the_nearest_value_that_passes_is_of_the_kind_the_column_holds(test, value, target):
    listed = [{"class": "A", "when": test}]
    found = told(rules(listed, classes=[ABC[0], ABC[2]]), {test["indicator"]: value})
    [step] = found.to_next
    assert (step.data["cut"], type(step.data["cut"])) == (target, type(target))
    assert step.data["gap"] == pytest.approx(abs(target - value))


def test_the_way_leaves_rules_that_hold_one_down():
    # The overdue rule comes first: to be A one must also leave C.
    asked = [{"class": "C", "when": {"indicator": "recency", "above": 90}},
             {"class": "A", "when": {"indicator": "sales", "at_least": 1000}},
             {"class": "B", "when": {"indicator": "sales", "at_least": 10}}]  # fmt: skip
    wanted = rules(asked)
    found = told(wanted, {"sales": Decimal(20), "recency": 100})
    assert (found.class_, found.next_class) == ("C", "B")
    assert found.way("en") == ["Days since last purchase down by 10 days: 100 days → 90 days."]
    both = told(wanted, {"sales": Decimal(2), "recency": 100})
    assert len(both.to_next) == 2
    late = [{"class": "B", "when": {"indicator": "recency", "above": 90}}, asked[1]]
    found = told(rules(late), {"sales": Decimal(2000), "recency": 100})
    assert (found.class_, found.next_class) == ("B", "A")
    assert found.way("en") == ["Days since last purchase down by 10 days: 100 days → 90 days."]


def test_the_way_to_the_class_of_all_others_leaves_every_rule():
    asked = [{"class": "C", "when": {"indicator": "recency", "above": 90}},
             {"class": "B", "when": {"indicator": "sales", "below": 10}}]  # fmt: skip
    wanted = rules(asked[:1], classes=[ABC[0], ABC[2]], **{"else": "A"})
    found = told(wanted, {"sales": Decimal(20), "recency": 100})
    assert (found.class_, found.next_class) == ("C", "A")
    assert found.way("en") == ["Days since last purchase down by 10 days: 100 days → 90 days."]
    found = told(rules(asked, **{"else": "A"}), {"sales": Decimal(2), "recency": 90})
    assert (found.class_, found.next_class) == ("B", "A")
    assert found.way("en") == ["Sales up by 8: 2 → 10."]


def test_no_next_class_where_classes_have_no_order():
    found = told(rules(ranked=False), {"sales": Decimal(1), "recency": 1, "orders": 1})
    assert (found.class_, found.next_class, found.to_next) == ("C", None, [])


def test_degenerate_customers(engine):
    nothing = customers(sales=[None, None], recency=[None, None], orders=[None, None])
    standard = schemes.fit(rules(), nothing, engine)
    assert {n.code for n in standard.notes} == {"all-missing"}
    assert [n.column for n in standard.notes] == ["sales", "recency", "orders"]
    assert letters(engine, rules(), nothing) == [None, None]
    few = rules(minimum={"orders": 5})
    table = customers(sales=[1], recency=[1], orders=[1])
    assert [n.code for n in schemes.fit(few, table, engine).notes] == ["no-customers"]
    assert letters(engine, rules(), customers(sales=[], recency=[], orders=[])) == []


def test_a_rule_read_aloud():
    wanted = rules()
    assert (
        phrase(wanted, wanted.rules[0].when, "en")
        == "Sales ≥ 1,000 and Days since last purchase ≤ 30 days"
    )
    assert phrase(wanted, wanted.rules[1].when, "zh") == "订单数 > 2"


FAULTS = [
    ({"rules": []}, "rules", "too-few"),
    ({"rules": [{"class": "D", "when": {"indicator": "orders", "above": 2}}]},
     "rules[0].class", "unknown-class"),
    ({"else": "E"}, "else", "unknown-class"),
    ({"rules": RULES[:1]}, "classes[1]", "class-without-rule"),
    ({"rules": [*RULES, {"class": "C", "when": RULES[0]["when"]}]}, "rules[2].when",
     "rule-repeated"),
    ({"rules": [{"class": "A", "when": {"indicator": "oders", "above": 2}}]},
     "rules[0].when.indicator", "unknown-indicator"),
    ({"rules": [{"class": "A", "when": {"attribute": "region"}}]}, "rules[0].when",
     "condition-open"),
    ({"rules": [{"class": "A"}]}, "rules[0].when", "missing-field"),
    ({"rules": [3, None]}, "rules[0]", "wrong-type"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "path", "code"), FAULTS)
def test_faults(fields, path, code):
    document = rules().dump() | fields
    assert (path, code) in [(fault.path, fault.code) for fault in schemes.check(document)]


LEAF = st.one_of(
    st.tuples(st.sampled_from(["sales", "growth", "orders"]),
              st.sampled_from(["at_least", "at_most", "above", "below"]),
              st.sampled_from([-1, 0, 2, 2.5, 100])),
    st.tuples(st.just("orders"), st.just("missing"), st.booleans()),
)  # fmt: skip
WHEN = st.recursive(
    LEAF.map(lambda leaf: {"indicator": leaf[0], leaf[1]: leaf[2]}),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=4,
)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "sales": st.sampled_from([None, *map(Decimal, ("-1", "0", "2.5", "99.99", "100"))]),
            "growth": st.sampled_from([None, -1.0, 0.0, 2.0, 2.5, 3.0]),
            "orders": st.sampled_from([None, 0, 2, 3]),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WHEN, WHEN, WHEN, PEOPLE)
def test_explained_as_assigned_and_the_way_leads_there(engine, one, two, three, people):
    listed = [
        {"class": key, "when": when} for key, when in zip("BAC", (one, two, three), strict=True)
    ]
    document = rules().dump() | {"rules": listed, "else": "C"}
    unsound = {"bounds-crossed", "rule-repeated"}
    if any(fault.code in unsound for fault in schemes.check(document)):
        return
    wanted = schemes.load(document)
    data = customers(**{name: [row[name] for row in people] for name in people[0]})
    for row in graded(engine, wanted, data):
        found = told(wanted, row)
        assert found.class_ == row["class"]
        assert "{" not in found.text("en") + found.text("zh")
        if found.next_class:
            changes = {step.data["column"]: step.data.get("target", step.data.get("cut"))
                       for step in found.to_next}  # fmt: skip
            assert told(wanted, {**row, **changes}).class_ == found.next_class
