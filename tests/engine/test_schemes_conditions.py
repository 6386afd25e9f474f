"""Conditions: the expression and the Python agree, and say why."""

from datetime import date, datetime
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from classing import words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefen
from kefen import schemes
from kefen.errors import SchemeError
from kefen.schemes import condition_forms, conditions
from kefen.schemes.parts import Condition

SCHEME = schemes.load("single-sales")
MORNING = datetime.fromisoformat("2025-01-01 09:00")
PEOPLE = pa.table(
    {
        "customer_id": pa.array(list("123456")),
        "region": pa.array(["East", "West", None, "", "华东", "east"]),
        "sales": pa.array(
            [Decimal("100.00"), Decimal("99.99"), None, Decimal(0), Decimal(-5), Decimal("100.13")],
            pa.decimal128(18, 2),
        ),
        "orders": pa.array([3, 1, None, 0, 2, 4], pa.int64()),
        "growth": pa.array([0.5, float("nan"), None, 0.0, -0.25, float("inf")]),
        "main_channel": pa.array(["web", "shop", None, "web", "phone", "fair"]),
        "last_order_on": pa.array(
            [date(2025, 1, 1), date(2024, 12, 31), None, None, date(2023, 5, 5), date(2025, 6, 1)]
        ),
        "seen": pa.array([MORNING, None, None, None, None, MORNING.replace(year=2024)]),
        "founded": pa.array(["2001", " 1998.5 ", "about 1990", None, "-3", "2020-05-01 or so"]),
        "vip": pa.array([True, False, None, True, False, True]),
    }
)
WHO = [
    ({"attribute": "region", "is": "East"}, "1"),
    ({"attribute": "region", "in": ["East", "华东"]}, "15"),
    ({"attribute": "region", "contains": "EAST"}, "16"),
    ({"attribute": "region", "contains": ["华", "wes"]}, "25"),
    ({"attribute": "region", "missing": True}, "34"),
    ({"attribute": "region", "missing": False}, "1256"),
    ({"not": {"attribute": "region", "is": "East"}}, "23456"),
    ({"attribute": "founded", "at_least": 1998.5}, "12"),
    ({"attribute": "founded", "below": 0}, "5"),
    ({"attribute": "founded", "at_least": "2020-05-01"}, "6"),
    ({"attribute": "founded", "is": 2001}, "1"),
    ({"attribute": "vip", "is": True}, "146"),
    ({"attribute": "vip", "in": ["FALSE"]}, "25"),
    ({"attribute": "vip", "at_least": 1}, ""),
    ({"attribute": "seen", "is": date(2025, 1, 1)}, "1"),
    ({"attribute": "seen", "below": "2025-01-01"}, "6"),
    ({"indicator": "sales", "at_least": 100}, "16"),
    ({"indicator": "sales", "above": 100}, "6"),
    ({"indicator": "sales", "at_most": 0, "at_least": -5}, "45"),
    ({"indicator": "sales", "below": 99.995}, "245"),
    ({"indicator": "sales", "above": 99.985, "below": 100.001}, "12"),
    ({"indicator": "sales", "is": 100}, "1"),
    ({"indicator": "sales", "in": [100.125, 0]}, "4"),
    ({"indicator": "sales", "missing": True}, "3"),
    ({"not": {"indicator": "sales", "above": -1}}, "35"),
    ({"indicator": "orders", "in": [1, 2.0, 3.5]}, "25"),
    ({"indicator": "orders", "above": 2.5}, "16"),
    ({"indicator": "growth", "missing": True}, "236"),
    ({"indicator": "growth", "at_least": -0.25}, "145"),
    ({"indicator": "main_channel", "in": ["web", "fair"]}, "146"),
    ({"indicator": "main_channel", "contains": "ho"}, "25"),
    ({"indicator": "last_order_on", "at_least": date(2025, 1, 1)}, "16"),
    ({"indicator": "last_order_on", "is": "2024-12-31"}, "2"),
    ({"all": [{"attribute": "vip", "is": True}, {"indicator": "orders", "above": 0}]}, "16"),
    ({"any": [{"attribute": "vip", "is": True}, {"indicator": "orders", "at_least": 2}]}, "1456"),
    ({"not": {"any": [{"attribute": "vip", "is": True}, {"indicator": "orders", "at_least": 2}]}},
     "23"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "who"), WHO)
def test_who_meets_a_condition(engine, document, who):
    condition = Condition.model_validate(document)
    table = ibis.memtable(PEOPLE)
    met = conditions.test(SCHEME, condition, table)
    found = engine.backend.to_pyarrow(table.select("customer_id", met=met)).to_pylist()
    assert sorted(row["customer_id"] for row in found if row["met"]) == list(who)
    assert all(row["met"] is not None for row in found)
    for row in PEOPLE.to_pylist():
        assert conditions.holds(SCHEME, condition, row) == (row["customer_id"] in who)
        assert conditions.why(SCHEME, condition, row)


TEXTS = st.sampled_from(["", " ", "East", "east", "5", "-5.0", "5.25", "2025-01-01", "x 5", "true"])
NUMBERS = st.sampled_from([-5, 0, 5, 5.25, 5.255, 1e9])
DAYS = st.sampled_from(["2024-12-31", "2025-01-01"])
TESTS = st.one_of(
    st.fixed_dictionaries({"is": st.one_of(TEXTS.filter(str.strip), NUMBERS, st.booleans())}),
    st.fixed_dictionaries({"in": st.lists(TEXTS.filter(str.strip), min_size=1, max_size=3)}),
    st.fixed_dictionaries({"contains": TEXTS.filter(str.strip)}),
    st.fixed_dictionaries({"missing": st.booleans()}),
    *(
        st.fixed_dictionaries({name: NUMBERS | DAYS})
        for name in ("at_least", "at_most", "above", "below")
    ),
)
NAMES = ["text", "money", "whole", "real", "day", "yes"]
LEAVES = st.tuples(st.sampled_from(NAMES), TESTS).map(lambda one: {"attribute": one[0]} | one[1])
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": TEXTS | st.none(),
            "money": st.sampled_from([None, *map(Decimal, ("-5", "0", "5.25", "5.26"))]),
            "whole": st.sampled_from([None, -5, 0, 5]),
            "real": st.sampled_from([None, -5.0, 5.25, float("nan"), float("inf")]),
            "day": st.sampled_from([None, date(2024, 12, 31), date(2025, 1, 1)]),
            "yes": st.sampled_from([None, True, False]),
        }
    ),
    min_size=1,
    max_size=8,
)
SHAPE = pa.schema(
    {
        "text": pa.string(),
        "money": pa.decimal128(18, 2),
        "whole": pa.int64(),
        "real": pa.float64(),
        "day": pa.date32(),
        "yes": pa.bool_(),
    }
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CONDITIONS, ROWS)
def test_the_expression_and_the_python_agree(engine, document, listed):
    condition = Condition.model_validate(document)
    data = pa.Table.from_pylist(listed, SHAPE).append_column("n", pa.array(range(len(listed))))
    table = ibis.memtable(data)
    met = condition_forms.test_fact("tried", condition, table)
    found = engine.backend.to_pyarrow(table.select("n", met=met).order_by("n")).to_pylist()
    assert [row["met"] for row in found] == [
        conditions.holds(SCHEME, condition, row) for row in data.to_pylist()
    ]


def test_why_names_what_decides():
    row = PEOPLE.to_pylist()[0]
    document = {
        "all": [
            {"any": [{"attribute": "region", "is": "West"}, {"indicator": "orders", "above": 1}]},
            {"not": {"indicator": "sales", "at_least": 200}},
            {"attribute": "vip", "is": True},
        ]
    }
    condition = Condition.model_validate(document)
    told = [(step.code, step.data["column"]) for step in conditions.why(SCHEME, condition, row)]
    assert told == [("test-above", "orders"), ("test-below", "sales"), ("test-is", "vip")]
    row["vip"] = False
    assert [s.code for s in conditions.why(SCHEME, condition, row)] == ["test-is-not"]


def test_a_missing_column_is_named():
    condition = Condition.model_validate({"attribute": "size", "is": "big"})
    with pytest.raises(SchemeError, match="missing-column"):
        conditions.test(SCHEME, condition, ibis.memtable(PEOPLE))


BAD = [
    ({"attribute": "region"}, "population", "condition-open"),
    ({"attribute": "region", "indicator": "sales", "at_least": 1}, "population",
     "condition-unclear"),
    ({"all": []}, "population.all", "too-few"),
    ({"all": [{"attribute": "x", "is": "y"}], "is": "z"}, "population.is", "test-of-nothing"),
    ({"not": {"any": [{"indicator": "slaes", "at_least": 1}]}},
     "population.not.any[0].indicator", "unknown-indicator"),
    ({"indicator": "sales@5q", "at_least": 1}, "population.indicator", "bad-window"),
    ({"indicator": "sales", "contains": "x"}, "population.contains", "test-unfit"),
    ({"indicator": "sales", "at_least": "2025-01-01"}, "population.at_least", "test-unfit"),
    ({"indicator": "main_channel", "at_least": 5}, "population.at_least", "test-unfit"),
    ({"indicator": "last_order_on", "at_least": 5}, "population.at_least", "test-unfit"),
    ({"indicator": "sales", "at_least": "much"}, "population.at_least", "bad-bound"),
    ({"indicator": "sales", "at_least": True}, "population.at_least", "bad-bound"),
    ({"indicator": "sales", "at_least": 5, "below": 5}, "population", "bounds-crossed"),
    ({"attribute": "region", "is": " "}, "population.is", "blank-word"),
    ({"attribute": "region", "in": []}, "population.in", "too-few"),
    ({"attribute": "region", "iss": "x"}, "population.iss", "unknown-field"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "path", "code"), BAD)
def test_faults(document, path, code):
    found = schemes.check(SCHEME.dump() | {"population": document})
    assert (path, code) in [(fault.path, fault.code) for fault in found]


def test_a_run_reads_declared_and_further_attributes():
    ledger = kefen.from_frames(
        customers=pa.table(
            {
                "customer_id": ["1", "2", "3"],
                "region": ["East", "East", "West"],
                "VIP": ["yes", "no", "yes"],
                "sales": ["a", "b", "c"],
            }
        ),
        orders=pa.table(
            {
                "customer_id": ["1", "2", "3"],
                "ordered_on": [date(2025, 1, 1)] * 3,
                "amount": [150_000, 30_000, 10],
            }
        ),
    )
    document = SCHEME.dump() | {"name": "tried", "title": words("Tried")}
    for condition, who in [
        ({"attribute": "region", "is": "East"}, ["1", "2"]),
        ({"attribute": "VIP", "is": "yes"}, ["1", "3"]),
        ({"attribute": "sales", "is": "c"}, ["3"]),
        ({"indicator": "main_channel", "missing": True}, ["1", "2", "3"]),
    ]:
        run = kefen.grade(ledger, document | {"population": condition})
        assert run.classes.to_polars()["customer_id"].to_list() == who
