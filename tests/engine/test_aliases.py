"""Merged customers: their facts are read under the code that remains, and come back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from kefen import indicators
from kefen.errors import LedgerError
from kefen.indicators import Request
from kefen.ledger import from_frames
from kefen.period import Window

if TYPE_CHECKING:
    from kefen.ledger import Ledger

YEAR = Window.parse("12m")
AS_OF = date(2026, 1, 1)


def orders(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, ["订单号", "客户编号", "下单日期", "金额"], orient="row")


def customers(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, ["客户编号", "客户名称", "电话"], orient="row")


@pytest.fixture
def ledger() -> Ledger:
    return from_frames(
        customers=customers(
            ("C1", "上海明达贸易有限公司", ""), ("C2", "明达贸易", "139"), ("C3", "远景", "")
        ),
        orders=orders(
            ("A1", "C1", "2025-03-01", "100"),
            ("A2", "C2", "2025-04-01", "50"),
            ("A3", "C3", "2025-05-01", "7"),
        ),
    )


def sales(ledger: Ledger) -> dict[str, float]:
    found = indicators.compute(ledger, [Request("sales", YEAR)], AS_OF)
    rows = ledger.engine.fetch(found).to_pylist()
    return {row["customer_id"]: float(row[found.columns[1]]) for row in rows}


def known(ledger: Ledger) -> dict[str, Any]:
    rows = ledger.engine.fetch(ledger.table("customers"))
    return {row["customer_id"]: (row["name"], row["phone"]) for row in rows.to_pylist()}


def test_both_histories_count_for_the_one_that_remains(ledger: Ledger) -> None:
    assert ledger.alias({"C2": "C1"}) is True
    assert sales(ledger) == {"C1": 150, "C3": 7}
    assert known(ledger) == {"C1": ("上海明达贸易有限公司", "139"), "C3": ("远景", None)}
    assert ledger.count("customers") == 2
    assert ledger.alias({"C2": "C1"}) is False
    assert ledger.aliases == {"C2": "C1"}


def test_taken_back_it_is_as_if_it_had_never_been(ledger: Ledger) -> None:
    before = sales(ledger), known(ledger), ledger.count("customers")
    version = ledger.version
    ledger.alias({"C2": "C1", "C1": "C3"})
    assert sales(ledger) == {"C3": 157}
    ledger.alias({})
    assert (sales(ledger), known(ledger), ledger.count("customers")) == before
    assert sales(ledger.at(version + 1)) == {"C3": 157}
    assert sales(ledger.at(version)) == before[0]


def test_files_go_on_with_the_old_code(ledger: Ledger) -> None:
    ledger.alias({"C2": "C1"})
    again = orders(("A2", "C2", "2025-04-01", "50"), ("A4", "C2", "2025-06-01", "5"))
    batch = ledger.load(again, "orders")
    assert (batch.added, batch.unchanged, batch.created_customers) == (1, 1, 0)
    ledger.load(customers(("C2", "明达", "138")), "customers")
    assert sales(ledger) == {"C1": 155, "C3": 7}
    assert known(ledger)["C1"] == ("上海明达贸易有限公司", "138")
    ledger.load(orders(("A4", "C1", "2025-06-01", "5")), "orders")  # now by the new code
    assert sales(ledger)["C1"] == 155
    ledger.alias({})
    assert sales(ledger) == {"C1": 105, "C2": 50, "C3": 7}


def test_a_name_of_both_is_that_of_the_one_that_remains(ledger: Ledger) -> None:
    ledger.load(customers(("C2", "上海明达贸易有限公司", "139")), "customers")
    named = pl.DataFrame(
        {
            "订单号": ["A5"],
            "客户名称": ["上海明达贸易有限公司"],
            "下单日期": ["2025-06-01"],
            "金额": ["9"],
        }
    )
    assert ledger.check(named, "orders").rejected == 1
    ledger.alias({"C2": "C1"})
    assert ledger.load(named, "orders").rejected == 0
    assert sales(ledger) == {"C1": 159, "C3": 7}


def test_rows_without_numbers_are_found_again_under_the_other_code(ledger: Ledger) -> None:
    def rows(code: str) -> pl.DataFrame:
        told = [(code, "2025-08-01", "20"), (code, "2025-08-01", "20")]
        return pl.DataFrame(told, ["客户编号", "下单日期", "金额"], orient="row")

    ledger.load(rows("C2"), "orders")
    ledger.alias({"C2": "C1"})
    assert ledger.load(rows("C1"), "orders").added == 0
    assert sales(ledger)["C1"] == 100 + 50 + 40
    assert ledger.load(rows("C2"), "orders").added == 0
    ledger.alias({})
    assert sales(ledger) == {"C1": 100, "C2": 90, "C3": 7}


def test_whose_facts_are_others_is_known(ledger: Ledger) -> None:
    sales(ledger)
    version = ledger.version
    ledger.alias({"C2": "C1"})
    found = ledger.changes("customers", version)
    keys = ledger.engine.fetch(found.keys(ledger.engine))["customer_id"].to_pylist()
    assert sorted(keys) == ["C1", "C2"]


def test_customers_cannot_be_merged_into_each_other(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="alias-circle"):
        ledger.alias({"C2": "C1", "C1": "C2"})
