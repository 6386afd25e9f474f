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
