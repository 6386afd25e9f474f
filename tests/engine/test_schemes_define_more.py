"""Quantiles, parts of dates, orders as wholes and formulas among indicators a document defines.

As of 2025-01-01 over 12 months; 2024-06-03 is a Monday, 2024-06-08 a Saturday, 2024-06-09 a Sunday:

  ann  order 1 (2024-06-03) of lines 10 and 30; order 2 (Saturday) of one line 60; order 3 (Sunday)
       of lines 80, 20 and 100; returned 30
  bob  order 4 (2024-06-03) of one line 50; a visit
  cem  nothing
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ledgers import rows

import kefen
from kefen import schemes
from kefen.indicators import compute
from kefen.wording import sentence

AS_OF = date(2025, 1, 1)
LINES = """
1 1 ann 2024-06-03 10
1 2 ann 2024-06-03 30
2 1 ann 2024-06-08 60
3 1 ann 2024-06-09 80
3 2 ann 2024-06-09 20
3 3 ann 2024-06-09 100
4 1 bob 2024-06-03 50
"""
SATURDAY_ON = {"attribute": "ordered_on.weekday", "in": [6, 7]}


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    return kefen.from_frames(
        customers=rows("ann\nbob\ncem", "customer_id"),
        order_lines=rows(LINES, "order_id", "line_no", "customer_id", "ordered_on", "amount"),
        returns=rows("r1 ann 2024-07-01 30", "return_id", "customer_id", "returned_on", "amount"),
        interactions=rows("bob 2024-03-01 visit", "customer_id", "happened_on", "type"),
    )


def definition(name: str = "mine", **told: Any) -> dict[str, Any]:
    return {"name": name, "title": {"zh": "我的指标", "en": "My own"}, "unit": "quantity"} | told


def document(*definitions: dict[str, Any]) -> dict[str, Any]:
    words = {"zh": "甲", "en": "A"}
    classes = [{"key": "A", "title": words, "at_least": 1}, {"key": "B", "title": words}]
    told = {"name": "own", "title": words, "method": "threshold", "indicator": "mine"}
    return told | {"classes": classes, "define": list(definitions)}


def computed(ledger: kefen.Ledger, *definitions: dict[str, Any]) -> list[Any]:
    scheme = schemes.load(document(*definitions))
    [request] = [request for request in scheme.requests() if request.indicator == "mine"]
    table = compute(ledger, [request], AS_OF).order_by("customer_id").to_polars()
    return table["mine"].to_list()


LINES_SOLD = {"fact": "sales", "column": "amount", "unit": "money"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        # 10 20 30 60 80 100: a quarter lies at place 1.25, between 20 and 30.
        (LINES_SOLD | {"aggregate": "quantile", "at": "25%"}, [22.5, 50, None]),
        (LINES_SOLD | {"aggregate": "quantile", "at": 1}, [100, 50, None]),
        # Orders of 40, 60 and 200.
        (LINES_SOLD | {"aggregate": "mean", "per": "order_id"}, [100, 50, None]),
        (LINES_SOLD | {"aggregate": "median", "per": "order_id"}, [60, 50, None]),
        (LINES_SOLD | {"aggregate": "quantile", "at": 0.25, "per": "order_id"}, [50, 50, None]),
        (LINES_SOLD | {"aggregate": "max", "per": "order_id"}, [200, 50, None]),
        (LINES_SOLD | {"aggregate": "last", "per": "order_id"}, [200, 50, None]),
        (LINES_SOLD | {"aggregate": "first", "per": "order_id"}, [40, 50, None]),
        # The largest line of each order: 30, 60 and 100.
        (LINES_SOLD | {"aggregate": "mean", "per": "order_id", "each": "max"}, [190 / 3, 50, None]),
        # Lines of each order: 2, 1 and 3.
        (
            {"fact": "sales", "aggregate": "mean", "per": "order_id"},
            [2, 1, None],
        ),
        ({"fact": "sales", "aggregate": "count", "per": "order_id", "each": "count"}, [3, 1, 0]),
        # Orders of a weekend, and the part of the money that came on one: 260 of 300.
        (
            {"fact": "sales", "aggregate": "distinct", "column": "order_id"}
            | {"where": SATURDAY_ON},
            [2, 0, 0],
        ),
        (
            LINES_SOLD | {"aggregate": "share", "where": SATURDAY_ON, "unit": "ratio"},
            [260 / 300, 0, None],
        ),
        # Months are parts too: all was sold in the second quarter, on three days of the week.
        (
            {"fact": "sales", "aggregate": "distinct", "column": "ordered_on.weekday"},
            [3, 1, 0],
        ),
        (
            {"fact": "sales", "aggregate": "max", "column": "ordered_on.quarter"},
            [2, 2, None],
        ),
        (
            {"fact": "sales", "aggregate": "max", "column": "ordered_on.year_month"},
            [202406, 202406, None],
        ),
    ],
)
def test_worked_out_by_hand(
    ledger: kefen.Ledger, told: dict[str, Any], expected: list[Any]
) -> None:
    found = computed(ledger, definition(**told))
    assert found == [None if one is None else pytest.approx(one) for one in expected]


VISITS = definition("visits", fact="interactions", aggregate="count", window="all", unit="count")


@pytest.mark.parametrize(
    ("formula", "unit", "expected"),
    [
        # Sales are 300 − 30 and 50 and 0; orders 3, 1 and 0.
        ("sales / orders", "money", [90, 50, None]),
        ("(sales + returns_amount) / orders", "money", [100, 50, None]),
        ("-sales + 1.5e2", "money", [-120, 100, 150]),
        ("sales / visits", "money", [None, 50, None]),
        ("coalesce(sales / visits, sales)", "money", [270, 50, 0]),
        ("min(orders, 2) * 10", "count", [20, 10, 0]),
        ("max(orders, visits, 2)", "count", [3, 2, 2]),
        ("abs(orders - 2)", "count", [1, 1, 2]),
        ("sqrt(orders - 1)", "quantity", [2**0.5, 0, None]),
        ("log(orders)", "quantity", [pytest.approx(1.0986122886681098), 0, None]),
        # 2024-06-09 and 2024-06-03 to 2025-01-01 are 206 and 212 days; sales of 3 months are none.
        ("recency", "days", [206, 212, None]),
        ("number(sales) + number(recency)", "quantity", [476, 262, None]),
        ("sales@3m / sales@12m", "ratio", [0, 0, None]),
        ("share_of_sales * 100", "ratio", [270 / 3.2, 50 / 3.2, 0]),
        # Of everybody too large a number: no number.
        ("sales" + " * 1000000000000000000" * 18, "money", [None, None, 0]),
    ],
)
def test_formulas_worked_out_by_hand(
    ledger: kefen.Ledger, formula: str, unit: str, expected: list[Any]
) -> None:
    own = definition(formula=formula, unit=unit)
    found = computed(ledger, own, VISITS)
    assert found == [one if one is None else pytest.approx(one) for one in expected]


def test_a_ratio_and_formulas_of_formulas(ledger: kefen.Ledger) -> None:
    """The ratio of `twice` (twice the orders: 6, 2, 0) to the lines (6, 1, 0)."""
    twice = definition("twice", formula="orders * 2", unit="count")
    own = definition(ratio={"of": "twice", "to": "lines"}, unit="ratio")
    assert computed(ledger, own, twice) == [1, 2, None]


def test_a_formula_has_the_window_of_whoever_asks(ledger: kefen.Ledger) -> None:
    """`orders@1m` is over a month in whatever window the formula is asked for; none was then."""
    own = definition(formula="orders - orders@1m", unit="count")
    scheme = schemes.load(document(own) | {"minimum": {"mine@all": 1}, "window": "1m"})
    table = compute(ledger, scheme.requests(), AS_OF).order_by("customer_id").to_polars()
    assert table["mine"].to_list() == [0, 0, 0]
    assert table["mine_all"].to_list() == [3, 1, 0]


def test_a_run_classifies_by_a_formula_and_explains_it(ledger: kefen.Ledger) -> None:
    own = definition(formula="sales / orders / 60", unit="money")
    run = kefen.grade(ledger, document(own), as_of=AS_OF)
    classes = dict(run.classes.to_polars().select("customer_id", "class").iter_rows())
    assert classes == {"ann": "A", "bob": "B"} | {"cem": None}
    assert "My own" in run.explain("ann").text("en")
    assert run.scheme.definition("mine").formula["en"] == "sales / orders / 60"


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"formula": "sales +"}, "formula", "formula-unreadable"),
    ({"formula": "((((" * 90 + "sales"}, "formula", "formula-unreadable"),
    ({"formula": "sales " * 200}, "formula", "formula-long"),
    ({"formula": "sales ** 9999"}, "formula", "formula-part"),
    ({"formula": "__import__('os').getcwd()"}, "formula", "formula-part"),
    ({"formula": "sales.real"}, "formula", "formula-part"),
    ({"formula": "orders if orders else 1"}, "formula", "formula-part"),
    ({"formula": "eval(orders)"}, "formula", "formula-function"),
    ({"formula": "min(orders)"}, "formula", "formula-arguments"),
    ({"formula": "slaes / orders"}, "formula", "unknown-indicator"),
    ({"formula": "orders@soon"}, "formula", "bad-window"),
    ({"formula": "region + 1"}, "formula", "indicator-not-number"),
    ({"formula": "1 + 1"}, "formula", "formula-constant"),
    ({"formula": "sales + recency"}, "formula", "formula-units"),
    ({"formula": "sales + orders", "unit": "money"}, "formula", "formula-units"),
    ({"formula": "sales / orders", "unit": "ratio"}, "unit", "formula-unit"),
    ({"formula": "sales / recency", "unit": "money"}, "unit", "formula-unit"),
    ({"formula": "orders", "unit": "text"}, "unit", "formula-unit"),
    ({"formula": "mine + 1"}, "formula", "formula-circle"),
    ({"ratio": {"of": "sales", "to": "slaes"}, "unit": "ratio"}, "ratio", "unknown-indicator"),
    ({"ratio": {"of": "orders"}}, "ratio.to", "missing-field"),
    ({"formula": "orders", "column": "amount"}, "column", "formula-alone"),
]


@pytest.mark.parametrize(("told", "where", "code"), FAULTS)
def test_faults_of_formulas(told: dict[str, Any], where: str, code: str) -> None:
    faults = schemes.check(document(definition(**told)))
    assert [(fault.path, fault.code) for fault in faults] == [(f"define[0].{where}", code)]
    for fault in faults:
        for lang in ("zh", "en"):
            assert "{" not in sentence(fault.code, fault.data, lang)
            assert fault.code not in sentence(fault.code, fault.data, lang)


def test_circles_and_growth_through_others_are_refused() -> None:
    """Each of these doubles what the one before comes to: 2, 4, …, 64 indicators."""
    steps = [definition(f"step{n}", formula=f"step{n - 1} + step{n - 1}@{n}m") for n in range(1, 7)]
    steps[0]["formula"] = "quantity + quantity@1m"
    own = definition(formula="step6")
    found = [(f.path, f.code) for f in schemes.check(document(own, *steps))]
    assert found == [("define[0].formula", "formula-large"), ("define[6].formula", "formula-large")]
    one = definition("one", formula="two + 1")
    two = definition("two", formula="one + 1")
    faults = schemes.check(document(definition(formula="one"), one, two))
    assert [(f.path, f.data["circle"]) for f in faults] == [
        ("define[1].formula", "one → two → one"),
        ("define[2].formula", "two → one → two"),
    ]


def test_both_a_fact_and_a_formula_is_unclear() -> None:
    own = definition(fact="sales", aggregate="count", formula="orders", unit="count")
    assert [f.code for f in schemes.check(document(own))] == ["definition-unclear"]
