"""The table `sales`: what was sold, whether the ledger has orders, their lines, or both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from ledgers import rows

import kefen
from kefen.evaluate import ledger_as_of

LINES = """
1 ann 2025-02-01 60  tea
1 ann 2025-02-01 40  tea
2 ann 2025-08-01 300 cups
"""
ORDERS = """
1 ann 2025-02-01 100 web
3 bob 2025-03-01 80  shop
"""


def lines() -> Any:
    return rows(LINES, "order_id", "customer_id", "ordered_on", "amount", "category")


def orders() -> Any:
    return rows(ORDERS, "order_id", "customer_id", "ordered_on", "amount", "channel")


def sold(ledger: kefen.Ledger) -> list[tuple[Any, ...]]:
    table = ledger.table("sales").select("customer_id", "order_id", "amount", "channel", "category")
    return sorted(table.to_polars().rows(), key=str)


def test_order_lines_alone() -> None:
    ledger = kefen.from_frames(order_lines=lines())
    assert [row[2] for row in sold(ledger)] == [Decimal(40), Decimal(60), Decimal(300)]
    assert ledger.count("sales") == 3


def test_orders_alone() -> None:
    ledger = kefen.from_frames(orders=orders())
    assert sold(ledger)[0] == ("ann", "1", Decimal(100), "web", None)
    assert ledger.count("sales") == 2


def test_both_count_each_sale_once_and_lines_take_the_channel_of_their_order() -> None:
    ledger = kefen.from_frames(orders=orders(), order_lines=lines())
    assert sold(ledger) == [
        ("ann", "1", Decimal(40), "web", "tea"),
        ("ann", "1", Decimal(60), "web", "tea"),
        ("ann", "2", Decimal(300), None, "cups"),
        ("bob", "3", Decimal(80), "shop", None),
    ]
    assert ledger.count("sales") == 4


def test_without_any_it_is_empty() -> None:
    ledger = kefen.from_frames(customers=pl.DataFrame({"customer_id": ["ann"]}))
    assert (sold(ledger), ledger.count("sales")) == ([], 0)


def test_what_is_cancelled_is_no_sale() -> None:
    cancelled = orders().with_columns(status=pl.Series(["已取消", "已完成"]))
    ledger = kefen.from_frames(orders=cancelled)
    assert [row[0] for row in sold(ledger)] == ["bob"]
    assert "counted" in ledger.table("sales", whole=True).columns


def test_the_past_holds_the_sales_of_the_past() -> None:
    from datetime import date

    ledger = kefen.from_frames(orders=orders(), order_lines=lines())
    before = ledger_as_of.Past(ledger, date(2025, 3, 1))
    assert [row[2] for row in sold(before)] == [Decimal(40), Decimal(60)]
    before.close()


def scheme(fact: str) -> dict[str, Any]:
    words = {"zh": "甲", "en": "A"}
    return {
        "name": "own",
        "title": words,
        "method": "threshold",
        "indicator": "bought",
        "define": [
            {"name": "bought", "title": {"zh": "购买", "en": "Bought"}, "fact": fact}
            | {"aggregate": "sum", "column": "amount", "unit": "money"}
        ],
        "classes": [
            {"key": "A", "title": words, "at_least": 200},
            {"key": "B", "title": words},
        ],
    }


@pytest.mark.parametrize("facts", [{"orders": orders}, {"order_lines": lines}])
def test_a_definition_of_sales_works_on_either(facts: dict[str, Any]) -> None:
    ledger = kefen.from_frames(**{kind: make() for kind, make in facts.items()})
    run = kefen.grade(ledger, scheme("sales"), "2026-01-01")
    assert run.classes.row(customer_id="ann") is not None
    assert run.classes.row(customer_id="ann")["bought"] == sum(
        row[2] for row in sold(ledger) if row[0] == "ann"
    )
    assert run.remarks() == []


def test_a_definition_of_orders_says_that_there_are_lines_instead() -> None:
    run = kefen.grade(kefen.from_frames(order_lines=lines()), scheme("orders"), "2026-01-01")
    assert "no-facts-but-sales" in [note.code for note in run.notes]
    assert any("fact: sales" in remark for remark in run.remarks("en"))
    assert any("fact: sales" in remark for remark in run.remarks("zh"))


def test_an_indicator_that_nobody_has_is_told() -> None:
    """Of a cap no method sees the indicator: nobody's sales tell what they cost."""
    document = scheme("sales") | {
        "caps": [
            {
                "when": {"indicator": "margin", "below": 0.1},
                "at_most": "B",
                "reason": {"zh": "薄利", "en": "thin"},
            }
        ]
    }
    run = kefen.grade(kefen.from_frames(orders=orders()), document, "2026-01-01")
    assert [(note.code, note.column) for note in run.notes] == [("all-missing", "margin")]
    assert "was not known for anybody" in run.remarks("en")[0]
