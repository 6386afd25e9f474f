"""compare: the migration between two runs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

import kefen

# Two years of orders; each year is a window of its own.
#        2023   2024
#   ann   700    100   A → C    (2024: 100 of 1000 comes last)
#   bob   200    700   B → A
#   cem    50    200   C → B
#   dan    50      -   C → unrated
#   eve     -      -   unrated → unrated
SALES = [
    ("ann", "2023-05-01", "700"),
    ("bob", "2023-05-01", "200"),
    ("cem", "2023-05-01", "50"),
    ("dan", "2023-05-01", "50"),
    ("ann", "2024-05-01", "100"),
    ("bob", "2024-05-01", "700"),
    ("cem", "2024-05-01", "200"),
]


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    names, days, amounts = zip(*SALES, strict=True)
    return kefen.from_frames(
        customers=pl.DataFrame({"customer_id": ["ann", "bob", "cem", "dan", "eve"]}),
        orders=pl.DataFrame(
            {"order_id": [str(n) for n in range(len(SALES))], "customer_id": names}
            | {"ordered_on": days, "amount": amounts}
        ),
    )


@pytest.fixture(scope="module")
def before(ledger: kefen.Ledger) -> kefen.Run:
    return kefen.grade(ledger, "abc", as_of=date(2024, 1, 1))


@pytest.fixture(scope="module")
def after(ledger: kefen.Ledger) -> kefen.Run:
    return kefen.grade(ledger, "abc", as_of=date(2025, 1, 1))


@pytest.fixture(scope="module")
def comparison(before: kefen.Run, after: kefen.Run) -> kefen.Comparison:
    return kefen.compare(before, after)


def test_the_matrix(comparison: kefen.Comparison) -> None:
    assert [tuple(cell.values()) for cell in comparison.matrix] == [
        ("A", "C", 1, Decimal(700), Decimal(100)),
        ("B", "A", 1, Decimal(200), Decimal(700)),
        ("C", "B", 1, Decimal(50), Decimal(200)),
        ("C", "~lapsed", 1, Decimal(50), Decimal(0)),
        (None, None, 1, Decimal(0), Decimal(0)),
    ]


def test_who_moved_most_money_first(comparison: kefen.Comparison) -> None:
    assert comparison.moved.to_polars().rows() == [
        ("ann", "A", "C", Decimal(700), Decimal(100)),
        ("bob", "B", "A", Decimal(200), Decimal(700)),
        ("cem", "C", "B", Decimal(50), Decimal(200)),
        ("dan", "C", "~lapsed", Decimal(50), Decimal(0)),
    ]


def test_the_money_that_moved(comparison: kefen.Comparison) -> None:
    moved = comparison.money_moved
    assert moved["up"] == {"customers": 2, "value_from": 250, "value_to": 900}
    assert moved["down"] == {"customers": 1, "value_from": 700, "value_to": 100}
    assert moved["lapsed"]["customers"] == 1
    assert moved["stayed"]["customers"] == 1
    assert moved["other"]["customers"] == 0


def test_the_stable_share(comparison: kefen.Comparison, before: kefen.Run) -> None:
    assert comparison.stable == 0  # of the three rated both times nobody stayed
    assert kefen.compare(before, before).stable == 1
    assert len(kefen.compare(before, before).moved) == 0


def test_in_words(comparison: kefen.Comparison) -> None:
    english, chinese = comparison.text("en"), comparison.text("zh")
    assert "2 moved up (value +650.00), 1 moved down (value -600.00)" in english
    assert "1 个客户转为沉睡" in chinese
    assert "{" not in english + chinese


def test_it_shows_itself(comparison: kefen.Comparison) -> None:
    assert "(unrated)" in repr(comparison)
    assert "<table>" in comparison._repr_html_()


def test_other_classes_are_compared_and_said_to_be_other(
    ledger: kefen.Ledger, before: kefen.Run
) -> None:
    tiers = kefen.grade(ledger, "value-tiers", as_of=date(2024, 1, 1))
    comparison = kefen.compare(before, tiers)
    assert not comparison.same_classes
    assert comparison.money_moved["up"]["customers"] == 0
    assert comparison.money_moved["other"]["customers"] == 4
    assert "different classes" in comparison.text("en")


def test_who_was_not_in_one_of_the_runs(ledger: kefen.Ledger, before: kefen.Run) -> None:
    scheme = kefen.schemes.load("abc").dump()
    scheme["population"] = {"indicator": "sales", "at_least": 100}
    few = kefen.grade(ledger, scheme, as_of=date(2024, 1, 1))  # ann 7⁄9 of 900, bob the rest
    gone = kefen.compare(before, few)
    assert gone.money_moved["gone"] == {"customers": 3, "value_from": 100, "value_to": 0}
    new = kefen.compare(few, before)
    assert new.money_moved["new"] == {"customers": 3, "value_from": 0, "value_to": 100}
    assert {cell["from"] for cell in new.matrix} == {"A", "C", kefen.evaluate.ABSENT}
