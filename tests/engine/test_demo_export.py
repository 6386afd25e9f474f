"""The messy files can be imported by hand, and give the same company but for the slips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen import demo

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMERS = 200


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_files_can_be_imported_as_they_are(tmp_path: Path, lang: str) -> None:
    facts = demo.frames("trade", customers=CUSTOMERS)
    exported = demo.export("trade", tmp_path / "files", lang, customers=CUSTOMERS)
    ledger = kefen.open(tmp_path / "data")
    for file in exported:
        assert ledger.inspect(file.path).kind == file.kind
        batch = ledger.load(file.path)
        assert (batch.rejected, batch.created_customers) == (file.spoilt, 0), file
        assert ledger.count(file.kind) == facts[file.kind].height - file.spoilt
    for kind in ("invoices", "payments", "returns"):
        amount = ledger.table(kind).amount.sum().to_pyarrow().as_py()
        assert amount == facts[kind]["amount"].sum()
    ledger.close()


def test_the_slips_are_found_where_they_are(tmp_path: Path) -> None:
    exported = demo.export("trade", tmp_path / "files", customers=CUSTOMERS)
    sales = next(file for file in exported if file.kind == "order_lines")
    ledger = kefen.open(tmp_path / "data")
    batch = ledger.load(sales.path)
    found = [(entry.column, entry.value) for entry in ledger.rejections(batch.id)]
    assert sales.spoilt == 5
    assert found == [
        ("ordered_on", "2025/13/45"),
        ("amount", "待定"),
        ("ordered_on", "同上单"),
        ("ordered_on", "月底"),
        ("amount", "12o.50"),
    ]
    ledger.close()


def test_the_same_files_every_time(tmp_path: Path) -> None:
    first, second = (
        demo.export("trade", tmp_path / name, customers=CUSTOMERS) for name in ("a", "b")
    )
    for one, other in zip(first, second, strict=True):
        assert one.path.read_bytes() == other.path.read_bytes()


def test_the_sales_file_is_a_chinese_csv(tmp_path: Path) -> None:
    exported = demo.export("trade", tmp_path, customers=CUSTOMERS)
    sales = next(file for file in exported if file.kind == "order_lines")
    text = sales.path.read_bytes().decode("gb18030")
    assert text.startswith("单据编号,序号,下单日期,客户编码,客户名称")
    assert text.count("\r\n") == sales.rows + 1
    assert "￥" in text
    assert pl.read_csv(text.encode()).height == sales.rows
