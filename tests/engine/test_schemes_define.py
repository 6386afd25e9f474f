"""Indicators that a scheme document defines: computed, used anywhere, checked.

As of 2025-01-01 over 12 months:

  ann  visit 2024-03-01, call 2024-06-01, visit 2023-05-05
       orders 100 (web, 2024-02-01), 300 (shop, 2024-08-01), 50 (web, 2023-02-01)
  bob  call 2024-01-01; order 80 (web, 2024-01-31)
  cem  nothing; income of the file 5-9k
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from ledgers import rows

import kefen
from kefen import schemes
from kefen.indicators import compute
from kefen.wording import sentence

AS_OF = date(2025, 1, 1)
TALK = """
ann 2024-03-01 visit
ann 2024-06-01 call
ann 2023-05-05 visit
bob 2024-01-01 call
"""
ORDERS = """
1 ann 2024-02-01 100 web
2 ann 2024-08-01 300 shop
3 ann 2023-02-01 50  web
4 bob 2024-01-31 80  web
"""


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    cards = {"customer_id": ["ann", "bob", "cem"], "income": [None, None, "5-9k"]}
    return kefen.from_frames(
        customers=pl.DataFrame(cards | {"registered_on": ["2024-12-01", None, None]}),
        interactions=rows(TALK, "customer_id", "happened_on", "type"),
        orders=rows(ORDERS, "order_id", "customer_id", "ordered_on", "amount", "channel"),
    )


def definition(name: str = "mine", **told: Any) -> dict[str, Any]:
    title = {"zh": "我的指标", "en": "My own"}
    return {"name": name, "title": title, "unit": "count"} | told


def document(*definitions: dict[str, Any], indicator: str = "mine", **more: Any) -> dict[str, Any]:
    words = {"zh": "甲", "en": "A"}
    classes = [{"key": "A", "title": words, "at_least": 1}, {"key": "B", "title": words}]
    told = {"name": "own", "title": words, "method": "threshold", "indicator": indicator}
    return told | {"classes": classes, "define": list(definitions)} | more


VISIT = {"attribute": "type", "is": "visit"}
WEB = {"attribute": "channel", "is": "web"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"fact": "interactions", "aggregate": "count", "where": VISIT}, [1, 0, 0]),
        ({"fact": "interactions", "aggregate": "count", "window": "all"}, [3, 1, 0]),
        ({"fact": "interactions", "aggregate": "distinct", "column": "type"}, [2, 1, 0]),
        (
            {"fact": "orders", "aggregate": "sum", "column": "amount", "unit": "money"},
            [Decimal(400), Decimal(80), Decimal(0)],
        ),
        ({"fact": "orders", "aggregate": "mean", "column": "amount", "unit": "money"}, [200, 80]),
        (
            {"fact": "orders", "aggregate": "median", "column": "amount", "unit": "money"}
            | {"window": "all"},
            [100, 80],
        ),
        # Of 100 and 300 around 200: √(2 × 100² ÷ 1); of one value there is none.
        (
            {"fact": "orders", "aggregate": "deviation", "column": "amount", "unit": "money"},
            [20000**0.5],
        ),
        (
            {"fact": "orders", "aggregate": "max", "column": "amount", "unit": "money"},
            [Decimal(300), Decimal(80)],
        ),
        ({"fact": "orders", "aggregate": "share", "where": WEB, "unit": "ratio"}, [0.5, 1.0]),
        (
            {"fact": "orders", "aggregate": "share", "where": WEB, "column": "amount"}
            | {"unit": "ratio"},
            [0.25, 1.0],
        ),
        (
            {"fact": "orders", "aggregate": "last", "column": "channel", "unit": "text"},
            ["shop", "web"],
        ),
        (
            {"fact": "orders", "aggregate": "first", "column": "amount", "unit": "money"},
            [Decimal(100), Decimal(80)],
        ),
        (
            {"fact": "orders", "aggregate": "min", "column": "ordered_on", "unit": "date"},
            [date(2024, 2, 1), date(2024, 1, 31)],
        ),
        # 2024-08-01 to 2025-01-01 is 153 days, 2024-01-31 is 336.
        (
            {"fact": "orders", "aggregate": "max", "column": "ordered_on", "unit": "days"},
            [153, 336],
        ),
        (
            {"fact": "customers", "aggregate": "last", "column": "registered_on", "unit": "days"},
            [31],
        ),
        (
            {"fact": "customers", "aggregate": "first", "column": "attributes.income"}
            | {"unit": "text"},
            [None, None, "5-9k"],
        ),
    ],
)
def test_worked_out_by_hand(
    ledger: kefen.Ledger, told: dict[str, Any], expected: list[Any]
) -> None:
    own = definition(**told)
    labelled = own["unit"] in ("text", "date")
    population = {"indicator": "mine", "missing": False}
    raw = document(own, indicator="sales", population=population) if labelled else document(own)
    scheme = schemes.load(raw)
    [request] = [request for request in scheme.requests() if request.indicator == "mine"]
    table = compute(ledger, [request], AS_OF).order_by("customer_id").to_polars()
    assert table["mine"].to_list() == expected + [None] * (3 - len(expected))


def test_a_reference_may_ask_for_another_window(ledger: kefen.Ledger) -> None:
    """The definition's own window holds unless the reference tells one."""
    own = definition(fact="interactions", aggregate="count", window="all")
    scheme = schemes.load(document(own, minimum={"mine@12m": 1}))
    assert [r.column for r in scheme.requests()] == ["mine", "sales", "mine_12m"]
    table = compute(ledger, scheme.requests(), AS_OF).order_by("customer_id").to_polars()
    assert table.row(0, named=True) == {
        "customer_id": "ann", "mine": 3, "sales": Decimal(400), "mine_12m": 2,
    }  # fmt: skip


def test_a_run_classifies_and_explains_by_it(ledger: kefen.Ledger) -> None:
    own = definition(fact="interactions", aggregate="count", where=VISIT)
    run = kefen.grade(ledger, document(own), as_of=AS_OF)
    classes = dict(run.classes.to_polars().select("customer_id", "class").iter_rows())
    assert classes == {"ann": "A", "bob": "B", "cem": "B"}
    assert "My own" in run.explain("ann").text("en")
    assert "我的指标" in run.explain("ann").text("zh")


def test_two_schemes_may_mean_different_things_by_one_name(ledger: kefen.Ledger) -> None:
    visits = document(definition(fact="interactions", aggregate="count", where=VISIT))
    orders = document(definition(fact="orders", aggregate="count")) | {"name": "other"}
    first, second = kefen.grade_many(ledger, [visits, orders], as_of=AS_OF)
    assert [run.classes.to_polars()["mine"].to_list() for run in (first, second)] == [
        [1, 0, 0],
        [2, 1, 0],
    ]


def test_it_counts_in_a_weighted_score_and_rules(ledger: kefen.Ledger) -> None:
    own = definition(fact="interactions", aggregate="count", better="lower")
    words = {"zh": "甲", "en": "A"}
    classes = [{"key": "A", "title": words, "at_least": 50}, {"key": "B", "title": words}]
    weighed = [{"indicator": "mine", "weight": 0.5, "better": "lower"}]
    weighed.append({"indicator": "sales", "weight": 0.5})
    told = {"name": "w", "title": words, "method": "weighted", "define": [own]}
    raw = told | {"classes": classes, "indicators": weighed}
    assert schemes.check(raw) == []
    assert kefen.grade(ledger, raw, as_of=AS_OF).status == "finished"
    del weighed[0]["better"]
    assert [(f.path, f.code) for f in schemes.check(raw)] == [
        ("indicators[0].better", "direction-missing")
    ]


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"fact": "visits", "aggregate": "count"}, "fact", "unknown-kind-of-fact"),
    ({"fact": "orders", "aggregate": "sum", "column": "amout"}, "column", "unknown-fact-column"),
    ({"fact": "orders", "aggregate": "sum"}, "column", "column-missing"),
    (
        {"fact": "orders", "aggregate": "sum", "column": "channel"},
        "aggregate",
        "aggregate-unfit",
    ),
    (
        {"fact": "orders", "aggregate": "max", "column": "channel", "unit": "text"},
        "aggregate",
        "aggregate-unfit",
    ),
    (
        {"fact": "orders", "aggregate": "sum", "column": "amount", "unit": "text"},
        "unit",
        "unit-unfit",
    ),
    ({"fact": "orders", "aggregate": "count", "unit": "ratio"}, "unit", "unit-unfit"),
    (
        {"fact": "orders", "aggregate": "share", "unit": "ratio"},
        "where",
        "share-of-everything",
    ),
    (
        {"fact": "orders", "aggregate": "count", "where": {"attribute": "chanel", "is": "web"}},
        "where.attribute",
        "unknown-fact-column",
    ),
    (
        {"fact": "orders", "aggregate": "count", "where": {"indicator": "sales", "at_least": 1}},
        "where",
        "condition-unclear",
    ),
    ({"fact": "contacts", "aggregate": "count", "window": "12m"}, "window", "fact-undated"),
    (
        {"fact": "contacts", "aggregate": "last", "column": "title", "unit": "text"},
        "aggregate",
        "fact-undated",
    ),
    ({"fact": "orders", "aggregate": "mode", "column": "amount"}, "aggregate", "not-allowed"),
    ({"fact": "orders", "aggregate": "count", "window": "soon"}, "window", "bad-window"),
    ({"fact": "orders"}, "aggregate", "missing-field"),
    ({"fact": "orders", "aggregate": "count", "name": "Mine"}, "name", "bad-indicator-name"),
    ({"fact": "orders", "aggregate": "count", "name": "sales"}, "name", "name-hides"),
    ({"fact": "orders", "aggregate": "count", "name": "score"}, "name", "name-reserved"),
    ({"fact": "orders", "aggregate": "count", "colum": "amount"}, "colum", "unknown-field"),
    ({}, "fact", "missing-field"),
    ({"fact": "orders", "aggregate": "quantile", "column": "amount"}, "at", "missing-field"),
    ({"fact": "orders", "aggregate": "count", "at": 0.5}, "at", "only-of"),
    ({"fact": "orders", "aggregate": "count", "each": "max"}, "each", "only-of"),
    ({"fact": "orders", "aggregate": "count", "per": "order"}, "per", "unknown-fact-column"),
    (
        {"fact": "orders", "aggregate": "mean", "per": "order_id", "column": "channel"},
        "each",
        "aggregate-unfit",
    ),
    (
        {"fact": "orders", "aggregate": "share", "per": "order_id", "where": WEB, "unit": "ratio"}
        | {"column": "amount"},
        "per",
        "share-per",
    ),
    (
        {
            "fact": "orders",
            "aggregate": "count",
            "where": {"attribute": "ordered_on.hour", "is": 9},
        },
        "where.attribute",
        "no-time-of-day",
    ),
    (
        {"fact": "orders", "aggregate": "distinct", "column": "ordered_on.minute"},
        "column",
        "no-time-of-day",
    ),
]


@pytest.mark.parametrize(("told", "where", "code"), FAULTS)
def test_faults_are_told_where_they_are(told: dict[str, Any], where: str, code: str) -> None:
    own = definition() | told
    faults = schemes.check(document(own, indicator=own["name"]))
    assert [(fault.path, fault.code) for fault in faults if fault.path.startswith("define")] == [
        (f"define[0].{where}", code)
    ]
    for fault in faults:
        for lang in ("zh", "en"):
            assert sentence(fault.code, fault.data, lang) != sentence("", fault.data, lang)


def test_every_fault_at_once() -> None:
    one = definition(fact="orders", aggregate="sum")
    two = definition(fact="order", aggregate="count", unit="count")
    found = [(f.path, f.code) for f in schemes.check(document(one, two))]
    assert found == [
        ("define[0].column", "column-missing"),
        ("define[1].fact", "unknown-kind-of-fact"),
        ("define[1].name", "defined-twice"),
    ]


def test_a_label_cannot_be_cut_by_numbers() -> None:
    own = definition(fact="orders", aggregate="last", column="channel", unit="text")
    assert [(f.path, f.code) for f in schemes.check(document(own))] == [
        ("indicator", "indicator-not-number")
    ]


def test_the_document_comes_back_as_it_went_in() -> None:
    own = definition(fact="orders", aggregate="count", where=WEB, window="24m")
    scheme = schemes.load(document(own))
    again = schemes.load(scheme.dump())
    assert again == scheme
    assert again.hash == scheme.hash
    assert scheme.definition("mine").label["en"] == "My own"
