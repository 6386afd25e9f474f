"""What stands on an order's first row holds for its further rows, wherever in the file they are."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.engine.messy_files import TODAY, xlsx_file

from kefen.ledger.reading import delimited, open_reader

if TYPE_CHECKING:
    from pathlib import Path

    from kefen.ledger.reading.model import Chunk

HEAD = ["订单号", "客户名称", "日期", "商品名称", "数量", "金额"]
WHO = [f"客户{number}" for number in range(1, 5)]
Rows = list[list[str]]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in blocks of 128 KiB, so that small ones have several."""
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 1 << 17)


def orders(count: int, *, numbered: bool = True) -> Rows:
    """Orders of six lines, the first with customer and day: 2 + 1 + 1 + 1 + 1 + 1 = 7.00 each."""
    rows: Rows = []
    for number in range(count):
        order, who = f"SO{number:06}", WHO[number % 4]
        rows.append([order, who, "2025-01-03", "茶 and a rather long name of it", "1", "2.00"])
        rows += [[order if numbered else "", "", "", f"杯{k}", "1", "1.00"] for k in range(5)]
    return rows


def read_rows(path: Path) -> tuple[list[Chunk], pl.DataFrame]:
    chunks = list(open_reader(path, today=TODAY).chunks())
    return chunks, pl.concat([chunk.rows for chunk in chunks])


def csv_file(folder: Path, rows: Rows, end: str = "\n") -> Path:
    path = folder / "明细.csv"
    path.write_text("\n".join(map(",".join, [HEAD, *rows])) + end, encoding="utf-8")
    return path


def assert_whole(rows: pl.DataFrame, count: int) -> None:
    """Every order has its six lines, its customer, its day and its money."""
    assert rows.height == 6 * count
    sums = rows.group_by("order_id").agg(
        pl.col("amount").sum(), pl.col("customer_name").unique(), pl.col("ordered_on").unique()
    )
    assert sums.height == count
    assert sums["amount"].cast(pl.String).unique().to_list() == ["7.00"]
    assert sums["ordered_on"].to_list() == [[dt.date(2025, 1, 3)]] * count
    for order, who in sums.select("order_id", "customer_name").iter_rows():
        assert who == [WHO[int(order[2:]) % 4]]


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("numbered", [True, False])
def test_rows_of_an_order_in_a_later_block(tmp_path: Path, end: str, *, numbered: bool) -> None:
    chunks, rows = read_rows(csv_file(tmp_path, orders(3_000, numbered=numbered), end))
    assert len(chunks) > 1
    assert not [rejection for chunk in chunks for rejection in chunk.rejections]
    assert_whole(rows, 3_000)
    told = [n for chunk in chunks for n in chunk.notices if n.code == "order-rows-continued"]
    assert [notice.data["count"] for notice in told] == ([] if numbered else [15_000])


def test_rows_of_an_order_that_stand_apart(tmp_path: Path) -> None:
    lines = orders(3_000)
    chunks, rows = read_rows(csv_file(tmp_path, [*lines[::6], *(r for r in lines if not r[1])]))
    assert len(chunks) > 1
    assert not [rejection for chunk in chunks for rejection in chunk.rejections]
    assert_whole(rows, 3_000)


def test_rows_of_an_order_in_a_later_block_of_a_workbook(tmp_path: Path) -> None:
    chunks, rows = read_rows(xlsx_file(tmp_path, ("明细", [HEAD, *orders(4_000)])))
    assert len(chunks) > 1
    assert not [rejection for chunk in chunks for rejection in chunk.rejections]
    assert_whole(rows, 4_000)


def test_totals_between_orders_end_none(tmp_path: Path) -> None:
    first, second = orders(2, numbered=False)[:6], orders(2, numbered=False)[6:]
    total = ["小计", "", "", "", "6", "7.00"]
    chunks, rows = read_rows(csv_file(tmp_path, [*first, total, *second, total]))
    assert not chunks[0].rejections
    assert_whole(rows, 2)


def test_a_row_of_another_customer_takes_no_day(tmp_path: Path) -> None:
    other = ["SO000000", "别人", "", "壶", "1", "9.00"]
    chunks, rows = read_rows(csv_file(tmp_path, [*orders(1), other]))
    assert rows.height == 6
    assert [(r.line, r.column) for r in chunks[0].rejections] == [(8, "ordered_on")]
