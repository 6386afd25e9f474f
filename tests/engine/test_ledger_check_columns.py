"""A check shows what each mapped column holds, and takes the names people give to columns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen.errors import ReadingError

if TYPE_CHECKING:
    from pathlib import Path

SHEET = """单号,客户名称,下单日期,实付货款,心情
S1,明达,2025-03-01,100.50,好
S2,永昌,2025-01-15,-20.25,
S3,明达,2025-02-01,100.50,好
S4,安泰,2025-02-30,7,坏
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def test_samples_sum_and_span_of_each_column(file: Path, tmp_path: Path) -> None:
    """30 February is no date, so that line is rejected and counts in no sum."""
    found = kefen.open(tmp_path / "data").check(file, "orders", {"实付货款": "amount"})
    by_column = {figures.column: figures for figures in found.columns}
    amount, day = by_column["amount"], by_column["ordered_on"]
    assert (amount.heading, amount.samples) == ("实付货款", ("100.50", "-20.25", "7"))
    assert (amount.filled, amount.sum) == (3, Decimal("180.75"))
    assert (amount.least, amount.greatest) == (Decimal("-20.25"), Decimal("100.50"))
    assert (day.sum, day.least, day.greatest) == (None, date(2025, 1, 15), date(2025, 3, 1))
    assert by_column["customer_name"].samples == ("明达", "永昌", "安泰")


def test_columns_may_be_called_as_headings_call_them(file: Path) -> None:
    """金额 is the label of `amount`, Order ID that of `order_id`; capitals do not matter."""
    ledger = kefen.from_frames(customers=pl.DataFrame({"customer_id": ["x"]}))
    found = ledger.check(file, "orders", {"实付货款": "金额", "单号": "order id"})
    assert found.preview is not None
    assert found.preview.mapping["实付货款"] == "amount"
    assert found.preview.mapping["单号"] == "order_id"
    with pytest.raises(ReadingError, match="unknown-target"):
        ledger.check(file, "orders", {"实付货款": "心情"})


def test_figures_are_those_of_the_rows_that_land(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text(
        "订单号,客户名称,下单日期,商品名称,金额,退款金额\nS1,明达,2025-03-01,茶,40,0\n"
        "订单号,客户名称,下单日期,商品名称,金额,退款金额\nS1,明达,2025-03-01,茶,40,0\n"
        "S2,永昌,2025-03-02,杯,7,\n小计,,,,87,\n",
        encoding="utf-8",
    )
    found = kefen.open(tmp_path / "data").check(path)
    by_column = {figures.column: figures for figures in found.columns}
    # The second line of S1 repeats the first; 退款金额 helps to read and is not kept.
    assert (by_column["amount"].filled, by_column["amount"].sum) == (2, Decimal(47))
    assert by_column["refunded"].filled == 2
    assert by_column["order_id"].samples == ("S1", "S2")


@pytest.mark.parametrize("total", ["80", "40"])
def test_the_total_of_an_order_proves_its_equal_lines(tmp_path: Path, total: str) -> None:
    path = tmp_path / "lines.csv"
    path.write_text(
        f"订单号,客户名称,下单日期,商品名称,金额,订单总额\nS1,明达,2025-03-01,茶,40,{total}\n"
        "S1,明达,2025-03-01,茶,40,\n",
        encoding="utf-8",
    )
    ledger = kefen.open(tmp_path / "data")
    assert ledger.load(path).repeated == (1 if total == "40" else 0)
    assert ledger.table("order_lines").to_polars()["amount"].sum() == int(total)


def test_which_side_of_the_tax_is_taken_is_told(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text(
        "客户,,日期,金额（万元）,\n编号,名称,,含税,不含税\nC1,明达,2025-03-01,1.13,1\n",
        encoding="utf-8",
    )
    found = kefen.open(tmp_path / "data").check(path)
    [told] = [notice.data for notice in found.notices if notice.code == "amount-of-tax"]
    assert told == {"heading": "金额（万元）含税", "listed": "金额（万元）不含税"}
    assert {one.column: one.sum for one in found.columns}["amount"] == 11_300
