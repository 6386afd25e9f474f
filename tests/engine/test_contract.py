"""Class contracts: what alone would change a class, and until when it stands."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

import kefen
from kefen import schemes

ORDERS = pl.DataFrame(
    {
        "customer": ["A", "A", "B", "C"],
        "order date": ["2025-03-01", "2025-10-10", "2025-11-11", "2025-06-18"],
        "amount": [30000, 15000, 120000, 400],
    }
)


def test_one_indicator_at_a_time_to_the_cent_and_until_when() -> None:
    run = kefen.grade(ORDERS, "single-sales", as_of="2026-01-01")
    found = kefen.contract(run, "A")
    assert found.rule is not None
    assert found.rule.bound["en"] == "Sales of 20,000 up to, but not, 100,000."
    assert [(one.column, one.value) for one in found.facts] == [("sales", 45000), ("orders", 2)]
    # Large from 100,000, small below 20,000; nobody without an order is rated.
    assert [(one.column, one.needed, one.class_) for one in found.up] == [
        ("sales", Decimal(100000), "large")
    ]
    assert [(one.column, one.needed, one.class_) for one in found.down] == [
        ("sales", Decimal("19999.99"), "small"),
        ("orders", Decimal(0), None),
    ]
    # On 2026-03-02 twelve months reach back to the day after the first order: 15,000 are left.
    assert (str(found.until), found.falls_to) == ("2026-03-01", {"zh": "小客户", "en": "Small"})
    assert found.to_dict()["up"][0]["needed"] == "100000.00"
    assert "until 2026-03-01; then it is Small" in found.text("en")
    assert "销售额由 45,000 元 变为 100,000 元，则为“大客户”。" in found.text("zh")
    best, last = kefen.contract(run, "B"), kefen.contract(run, "C", ahead=False)
    assert (best.up, best.until is None) == ([], False)
    assert [one.class_ for one in last.up] == ["medium"]


def test_rules_letters_and_lower_is_better() -> None:
    document = {
        "name": "by-rules",
        "title": {"zh": "规则", "en": "Rules"},
        "method": "rules",
        "rules": [
            {"class": "good", "when": {"all": [
                {"indicator": "orders", "at_least": 2}, {"indicator": "recency", "at_most": 100}]}},
        ],
        "else": "other",
        "classes": [
            {"key": "good", "title": {"zh": "好", "en": "Good"}},
            {"key": "other", "title": {"zh": "其他", "en": "Other"}},
        ],
    }  # fmt: skip
    assert schemes.check(document) == []
    run = kefen.grade(ORDERS, document, as_of="2026-01-01")
    good, other = kefen.contract(run, "A", ahead=False), kefen.contract(run, "C", ahead=False)
    # A: 2 orders, the last 83 days ago. Either of both alone loses the class.
    assert {(one.column, one.needed) for one in good.down} == {
        ("orders", Decimal(1)),
        ("recency", Decimal(101)),
    }
    assert other.up == []  # one order, and 197 days ago: neither alone is enough
    kinds = kefen.grade(ORDERS, document | {"ranked": False, "name": "kinds"}, as_of="2026-01-01")
    assert kefen.contract(kinds, "A").down == []
