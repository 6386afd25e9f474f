"""Every growth indicator worked out by hand, as of 2025-01-01 over 12 months.

Month ages: December 2024 is 0, January 2024 is 11.

  ann  12 each month of 2024: level; January 2023: 100; returns 12 on 2024-12-20
  bob  10 in January, 30 in December 2024: all at the ends; a 100 of 2023-12-31 and its
       return of 2024-01-02 (100): net -90 in January
  cem  nothing in the window, 50 on 2023-06-01
  dan  food 5 on 2024-10-01, toys 5 on 2024-09-30; food 8, toys 8, pets 8 on 2023-03-03
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from ledgers import by_customer, rows

import kefen
from kefen.indicators import growth

AS_OF = date(2025, 1, 1)
LINES = (
    "\n".join(f"a{m} ann 2024-{m:02}-10 12 -" for m in range(1, 13))
    + """
a0 ann 2023-01-10 100 -
b1 bob 2024-01-05 10  -
b2 bob 2024-12-05 30  -
b0 bob 2023-12-31 100 -
c1 cem 2023-06-01 50  food
d1 dan 2024-10-01 5 food
d2 dan 2024-09-30 5 toys
d3 dan 2023-03-03 8 food
d4 dan 2023-03-03 8 toys
d5 dan 2023-03-03 8 pets
"""
)
RETURNS = """
r1 ann 2024-12-20 12
r2 bob 2024-01-02 100
"""
EXPECTED: dict[str, list[Any]] = {
    # ann: sales 132, Σ age × sales = 12 × (1 + … + 11) = 792, mean age 6:
    #      12 × (5.5 − 6) ÷ 143. bob's sales sum to −60: no mean to compare with.
    # dan: mean age of October (2) and September (3) 2.5: 12 × (5.5 − 2.5) ÷ 143.
    "trend": [12 * -0.5 / 143, None, None, 36 / 143],
    # ann 132 against 100; bob −60 against 100; cem 0 against 50; dan 10 against 24.
    "year_on_year": [0.32, -1.6, -1.0, -14 / 24],
    # The last 92 of 366 days begin on 2024-10-01. ann 12 + 12 + 12 − 12.
    "acceleration": [24 / 132, None, None, 0.5],
    # ann and bob bought of no known category.
    "category_growth": [None, None, -1, -1],
}


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    columns = ("order_id", "customer_id", "ordered_on", "amount", "category")
    return kefen.from_frames(
        order_lines=rows(LINES, *columns),
        returns=rows(RETURNS, "return_id", "customer_id", "returned_on", "amount"),
    )


@pytest.fixture(scope="module")
def found(ledger: kefen.Ledger) -> pl.DataFrame:
    return by_customer(ledger, list(EXPECTED), AS_OF)


@pytest.mark.parametrize("name", EXPECTED)
def test_worked_out_by_hand(found: pl.DataFrame, name: str) -> None:
    assert found[name].to_list() == [
        pytest.approx(value) if isinstance(value, float) else value for value in EXPECTED[name]
    ]


def test_every_indicator_is_worked_out_here() -> None:
    assert set(EXPECTED) == {indicator.name for indicator in growth.INDICATORS}


def one(*sales: tuple[str, str]) -> kefen.Ledger:
    facts = {"ordered_on": [day for day, _ in sales], "amount": [amount for _, amount in sales]}
    return kefen.from_frames(orders=pl.DataFrame({"customer_id": ["x"] * len(sales)} | facts))


def trend(ledger: kefen.Ledger, as_of: date, window: str) -> Any:
    return by_customer(ledger, ["trend"], as_of, window)["trend"][0]


def test_a_straight_line_has_its_slope() -> None:
    """1, 2, 3: slope 1 a month, mean 2."""
    ledger = one(("2024-10-15", "1"), ("2024-11-15", "2"), ("2024-12-15", "3"))
    assert trend(ledger, AS_OF, "3m") == pytest.approx(0.5)
    # As old as its first sale: October to December.
    assert trend(ledger, AS_OF, "all") == pytest.approx(0.5)


def test_months_end_where_the_as_of_date_says() -> None:
    """As of 2024-03-31: [2024-02-29, 03-31), [2024-01-31, 02-29), [2023-12-31, 01-31)."""
    ledger = one(("2024-01-30", "1"), ("2024-02-28", "2"), ("2024-02-29", "3"))
    assert trend(ledger, date(2024, 3, 31), "3m") == pytest.approx(0.5)


def test_days_and_weeks_are_cut_into_thirty_days() -> None:
    """90 days before 2025-01-01: from 12-02, from 11-02 and from 10-03 on."""
    ledger = one(("2024-11-01", "1"), ("2024-12-01", "2"), ("2024-12-02", "3"), ("2024-10-02", "9"))
    assert trend(ledger, AS_OF, "90d") == pytest.approx(0.5)
    assert trend(ledger, AS_OF, "8w") is None


def test_all_history_has_nothing_before_it(ledger: kefen.Ledger) -> None:
    names = ["year_on_year", "acceleration", "category_growth"]
    assert by_customer(ledger, names, AS_OF, "all").row(0)[1:] == (None, None, None)


def test_what_was_before_the_first_record_is_not_nothing() -> None:
    """As of 2025-01-01, 12m: growth reaches back to 2023-01-01, a twelfth of a year may lack."""
    sold = [("2024-03-01", "10"), ("2024-12-01", "20")]
    names = ["growth", "year_on_year", "trend", "acceleration", "category_growth"]
    late = by_customer(one(*sold), names, AS_OF)
    assert late.select(names).row(0) == (None,) * 5
    since_june = by_customer(one(("2023-06-01", "40"), *sold), names, AS_OF)
    # The year itself is covered, the year before is not.
    assert since_june.select("growth", "year_on_year").row(0) == (None, None)
    assert since_june["acceleration"][0] == pytest.approx(20 / 30)
    whole = by_customer(one(("2023-01-20", "40"), *sold), names, AS_OF)
    assert whole.select("growth", "year_on_year").row(0) == (-0.25, -0.25)


def test_a_run_says_from_when_on_the_ledger_is() -> None:
    run = kefen.grade(one(("2024-03-01", "10"), ("2024-12-01", "20")), "lifecycle", AS_OF)
    told = run.remarks("en")
    assert told[0] == (
        "Growth of sales is not known: the ledger begins on 2024-03-01, and it would have to reach "
        "back to 2023-01-01."
    )
    assert "账本从 2024-03-01 开始" in run.remarks("zh")[0]


def test_a_fiscal_year_to_date_is_held_against_the_same_part_of_the_year_before(
    ledger: kefen.Ledger,
) -> None:
    """As of 2025-01-01, fiscal years from October: October to December 2024 and 2023.

    ann 12 + 12 + 12 − 12 = 24 against nothing; bob 30 against 100; cem nothing in either; dan
    bought food on 1 October, nothing in that part of 2023.
    """
    found = by_customer(
        ledger, ["sales", "year_on_year", "category_growth", "trend"], AS_OF, "fy10"
    )
    assert [float(value) for value in found["sales"]] == [24, 30, 0, 5]
    assert found["year_on_year"].to_list() == [None, -0.7, None, None]
    assert found["category_growth"].to_list() == [None, None, None, 1]
    # October to December are ages 2, 1 and 0. dan bought in October alone: 12 × (1 − 2) ÷ (9 − 1),
    # turned about, falls.
    assert found["trend"].to_list()[3] == pytest.approx(-1.5)
