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


@pytest.mark.parametrize("least", [0, 1])
def test_who_was_no_customer_yet_is_absent_and_moves_no_shares(least: int) -> None:
    """Of each 10 customers 5 buy for 10 and 5 for 1: ten of them in 2023, two more in 2024."""
    first = [(f"a{n}", "2023-05-01", ("10", "1")[n % 2]) for n in range(10)]
    again = [(name, "2024-05-01", amount) for name, _, amount in first]
    later = [("n0", "2024-05-01", "10"), ("n1", "2024-05-01", "1")]
    names, days, amounts = zip(*first, *again, *later, strict=True)
    ledger = kefen.from_frames(
        customers=pl.DataFrame({"customer_id": ["never"]}),
        orders=pl.DataFrame({"customer_id": names, "ordered_on": days, "amount": amounts}),
    )
    scheme = {
        "name": "size",
        "method": "threshold",
        "indicator": "sales",
        "minimum": {"orders": least},
        "title": {"zh": "规模", "en": "Size"},
        "classes": [
            {"key": "L", "title": {"zh": "大", "en": "L"}, "at_least": 5},
            {"key": "S", "title": {"zh": "小", "en": "S"}},
        ],
    }
    early, before, after = (kefen.grade(ledger, scheme, f"{y}-01-01") for y in (2023, 2024, 2025))
    found = kefen.compare(before, after)
    assert found.money_moved["new"]["customers"] == 2
    assert found.money_moved["rated"]["customers"] == 0
    shares = {row["class"]: (row["before"], row["after"]) for row in found.shares or []}
    assert shares["L"] == (5 / 11, 6 / 13)
    # The one who never bought is in both: unrated where an order is asked for, else small.
    assert shares.get(None, (1 / 11, 1 / 13)) == (1 / 11, 1 / 13)
    assert found.psi is not None
    assert found.psi < 0.01
    nobody = kefen.compare(early, before)
    never = None if least else "S"
    ways = {(cell["from"], cell["to"]): cell["customers"] for cell in nobody.matrix}
    small = (kefen.evaluate.ABSENT, "S")
    assert ways == {(kefen.evaluate.ABSENT, "L"): 5, small: 5, (never, never): 1}
