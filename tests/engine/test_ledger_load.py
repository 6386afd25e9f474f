"""What an import does: once, whole, and as the file says."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kefen
from kefen.errors import LedgerError
from kefen.ledger import tables
from kefen.ledger.facts import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[kefen.Ledger]:
    opened = kefen.open(tmp_path / "数据 [1]")
    yield opened
    opened.close()


def frame(columns: str, *rows: str) -> pl.DataFrame:
    """Cells as people write them, separated by blanks; `-` is an empty cell."""
    cells = [[None if cell == "-" else cell for cell in row.split()] for row in rows]
    return pl.DataFrame(cells, schema=columns.split(), orient="row")


def rows_of(ledger: kefen.Ledger, kind: str, columns: str) -> list[tuple[Any, ...]]:
    return sorted(ledger.table(kind).select(*columns.split()).to_polars().rows(), key=repr)


ORDERS = frame(
    "order_id customer_id ordered_on amount",
    "O1 C1 2025-01-03 100",
    "O2 C1 2025-02-03 50.5",
    "O3 C2 2025-03-03 -7",
)


def test_a_file_of_orders_alone_starts_a_ledger(ledger: kefen.Ledger, tmp_path: Path) -> None:
    file = tmp_path / "订单.csv"
    file.write_text(
        "订单号,客户名称,下单日期,金额\nA1,明达,2025/1/3,￥1200.50\n", encoding="gb18030"
    )
    batch = ledger.load(file, by="王芳", note="一月")
    assert (batch.version, batch.kind, batch.source) == (1, "orders", "订单.csv")
    assert (batch.rows, batch.added, batch.rejected, batch.created_customers) == (1, 1, 0, 1)
    assert (batch.by, batch.note, batch.status) == ("王芳", "一月", "committed")
    assert rows_of(ledger, "orders", "order_id customer_id ordered_on amount batch_id") == [
        ("A1", "明达", dt.date(2025, 1, 3), Decimal("1200.50"), batch.id)
    ]
    assert rows_of(ledger, "customers", "customer_id name") == [("明达", "明达")]
    assert ledger.history() == [batch]
    assert ledger.span() == (dt.date(2025, 1, 3), dt.date(2025, 1, 3))


def test_an_empty_ledger_has_every_table_and_no_rows(ledger: kefen.Ledger) -> None:
    assert (ledger.version, ledger.history(), ledger.span()) == (0, [], None)
    assert ledger.count("payments") == 0
    assert "batch_id" in ledger.table("customers").columns
    with pytest.raises(LedgerError, match="unknown-kind"):
        ledger.table("receipts")


def test_the_same_file_again_changes_nothing(ledger: kefen.Ledger) -> None:
    first = ledger.load(ORDERS, "orders")
    again = ledger.load(ORDERS, "orders")
    assert (again.id, again.already, again.unchanged, again.added) == (first.id, True, 3, 0)
    assert ledger.version == 1


def test_the_same_file_as_another_kind_or_mapping_is_another_import(ledger: kefen.Ledger) -> None:
    ledger.load(ORDERS, "orders")
    lines = ledger.load(ORDERS, "order_lines")
    assert not lines.already
    assert ledger.count("order_lines") == 3


def test_the_same_orders_in_another_file_land_once(ledger: kefen.Ledger) -> None:
    ledger.load(ORDERS, "orders")
    more = pl.concat([ORDERS.reverse(), frame(" ".join(ORDERS.columns), "O4 C2 2025-03-04 1")])
    batch = ledger.load(more, "orders")
    assert (batch.added, batch.unchanged, batch.replaced) == (1, 3, 0)
    assert ledger.count("orders") == 4


def test_a_corrected_order_replaces(ledger: kefen.Ledger) -> None:
    ledger.load(ORDERS, "orders")
    batch = ledger.load(frame(" ".join(ORDERS.columns), "O2 C2 2025-02-03 60"), "orders")
    assert (batch.added, batch.replaced) == (0, 1)
    assert rows_of(ledger, "orders", "order_id customer_id amount")[1] == (
        "O2",
        "C2",
        Decimal("60.00"),
    )
    assert ledger.count("orders") == 3


def test_a_row_repeated_in_the_file_counts_once_and_a_conflicting_one_is_refused(
    ledger: kefen.Ledger,
) -> None:
    doubled = frame(
        "订单号 客户编号 下单日期 金额",
        "O1 C1 2025-01-03 100",
        "O1 C1 2025-01-03 100.00",
        "O1 C1 2025-01-03 120",
        "O2 C1 2025-01-03 5",
    )
    batch = ledger.load(doubled, "orders")
    assert (batch.rows, batch.added, batch.repeated, batch.rejected) == (3, 2, 1, 1)
    [refused] = ledger.rejections(batch.id)
    assert (refused.code, refused.heading, refused.value) == ("key-conflict", "订单号", "O1")
    assert refused.line - refused.data["first_line"] == 2
    assert refused.row["金额"] == "120.00"


def test_orders_without_ids_land_once_in_whatever_file(ledger: kefen.Ledger) -> None:
    head = "customer_id ordered_on amount"
    twice = ["C1 2025-01-03 10", "C1 2025-01-03 10", "C2 2025-01-03 10"]
    ledger.load(frame(head, *twice), "orders")
    batch = ledger.load(frame(head, "C3 2025-01-03 1", *reversed(twice)), "orders")
    assert (batch.added, batch.unchanged, batch.repeated) == (1, 3, 0)
    assert ledger.count("orders") == 4
    with_empty_column = frame(head + " note", *(f"{row} -" for row in twice))
    assert ledger.load(with_empty_column, "orders").unchanged == 3


LINES = "order_id customer_id ordered_on amount product_id"


def test_an_orders_lines_are_replaced_together(ledger: kefen.Ledger) -> None:
    ledger.load(
        frame(
            LINES,
            "O1 C1 2025-01-03 10 P1",
            "O1 C1 2025-01-03 20 P2",
            "O1 C1 2025-01-03 30 P3",
            "O2 C1 2025-01-04 40 P1",
        ),
        "order_lines",
    )
    corrected = frame(LINES, "O1 C1 2025-01-03 20 P2", "O1 C1 2025-01-03 35 P3")
    batch = ledger.load(corrected, "order_lines")
    assert (batch.added, batch.replaced, batch.unchanged) == (0, 2, 0)
    assert rows_of(ledger, "order_lines", "order_id line_no amount") == [
        ("O1", 1, Decimal("20.00")),
        ("O1", 2, Decimal("35.00")),
        ("O2", 1, Decimal("40.00")),
    ]


def test_lines_in_another_order_are_the_same_order(ledger: kefen.Ledger) -> None:
    lines = frame(LINES, "O1 C1 2025-01-03 10 P1", "O1 C1 2025-01-03 20 P2")
    ledger.load(lines, "order_lines")
    assert ledger.load(lines.reverse(), "order_lines").unchanged == 2


@pytest.mark.parametrize(("option", "kept", "repeated"), [("once", 2, 1), ("all", 3, 0)])
def test_wholly_identical_lines_count_once_unless_told(
    ledger: kefen.Ledger, option: Any, kept: int, repeated: int
) -> None:
    lines = frame(
        LINES, "O1 C1 2025-01-03 10 P1", "O1 C1 2025-01-03 10 P1", "O2 C1 2025-01-03 10 P1"
    )
    batch = ledger.load(lines, "order_lines", repeated_lines=option)
    assert (batch.added, batch.repeated, ledger.count("order_lines")) == (kept, repeated, kept)


def test_a_customer_that_stands_twice_is_not_taken_for_lines_of_an_order(ledger, tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text("客户编号,客户名称,电话\nK1,明达,1380\nK1,明达,1390\n", encoding="utf-8")
    [refused] = ledger.rejections(ledger.load(path).id)
    assert (refused.code, refused.value, refused.data["first_line"]) == ("key-twice", "K1", 2)


def test_given_line_numbers_are_kept_and_may_not_conflict(ledger: kefen.Ledger) -> None:
    lines = frame(
        LINES + " line_no",
        "O1 C1 2025-01-03 10 P1 10",
        "O1 C1 2025-01-03 10 P1 20",
        "O1 C1 2025-01-03 11 P1 20",
        "O1 C1 2025-01-03 12 P1 -",
    )
    batch = ledger.load(lines, "order_lines")
    assert (batch.added, batch.rejected) == (3, 1)
    assert [row[0] for row in rows_of(ledger, "order_lines", "line_no")] == [10, 20, 21]


def test_a_name_finds_its_customer_in_the_ledger_or_the_file(ledger: kefen.Ledger) -> None:
    ledger.load(frame("customer_id name", "C1 明达", "C2 华信"), "customers")
    head = "order_id customer_id customer_name ordered_on amount"
    batch = ledger.load(
        frame(
            head,
            "O1 - 明达 2025-01-03 1",
            "O2 C9 新客 2025-01-03 1",
            "O3 - 新客 2025-01-03 1",
            "O4 - 散客 2025-01-03 1",
        ),
        "orders",
    )
    assert batch.created_customers == 2
    assert rows_of(ledger, "orders", "order_id customer_id") == [
        ("O1", "C1"),
        ("O2", "C9"),
        ("O3", "C9"),
        ("O4", "散客"),
    ]
    named = dict(rows_of(ledger, "customers", "customer_id name"))
    assert named == {"C1": "明达", "C2": "华信", "C9": "新客", "散客": "散客"}


def test_a_name_of_several_customers_is_refused(ledger: kefen.Ledger) -> None:
    ledger.load(frame("customer_id name", "C1 明达", "C2 明达"), "customers")
    head = "客户名称 下单日期 金额"
    batch = ledger.load(frame(head, "明达 2025-01-03 1", "华信 2025-01-03 1"), "orders")
    assert (batch.added, batch.rejected) == (1, 1)
    [refused] = ledger.rejections(batch.id)
    assert (refused.code, refused.value) == ("ambiguous-customer", "明达")
    assert refused.data["customers"] == ["C1", "C2"]
    assert refused.heading == "客户名称"


def test_a_customer_met_by_name_first_gives_way_to_the_listed_one(ledger: kefen.Ledger) -> None:
    by_name = "customer_name ordered_on amount"
    ledger.load(frame(by_name, "明达 2025-01-03 1"), "orders")
    ledger.load(frame("customer_id name", "C1 明达"), "customers")
    ledger.load(frame(by_name, "明达 2025-01-04 1"), "orders")
    assert rows_of(ledger, "orders", "ordered_on customer_id") == [
        (dt.date(2025, 1, 3), "明达"),
        (dt.date(2025, 1, 4), "C1"),
    ]


@pytest.mark.parametrize(
    ("blanks", "replaced", "unchanged", "region"), [("keep", 0, 2, "华东"), ("erase", 1, 1, None)]
)
def test_customers_take_only_the_cells_that_a_file_fills_unless_told(
    ledger: kefen.Ledger, blanks: Any, replaced: int, unchanged: int, region: str | None
) -> None:
    ledger.load(
        frame("customer_id name region phone", "C1 明达 华东 123", "C2 - 华北 -"), "customers"
    )
    again = frame("customer_id name region", "C1 - -", "C2 - 华北", "C3 - 华南")
    batch = ledger.load(again, "customers", blanks=blanks)
    assert (batch.added, batch.replaced, batch.unchanged) == (1, replaced, unchanged)
    assert rows_of(ledger, "customers", "customer_id name region phone") == [
        ("C1", "明达", region, "123"),
        ("C2", None, "华北", None),
        ("C3", None, "华南", None),
    ]


def test_orders_never_overwrite_a_customer_but_may_name_one(ledger: kefen.Ledger) -> None:
    ledger.load(frame("customer_id name region", "C1 明达 华东", "C2 - 华北"), "customers")
    head = "customer_id customer_name ordered_on amount"
    ledger.load(frame(head, "C1 别名 2025-01-03 1", "C2 华信 2025-01-03 1"), "orders")
    assert rows_of(ledger, "customers", "customer_id name region") == [
        ("C1", "明达", "华东"),
        ("C2", "华信", "华北"),
    ]


def test_unmapped_columns_of_customers_are_kept(ledger: kefen.Ledger) -> None:
    ledger.load(frame("customer_id name 会员卡号", "C1 明达 88"), "customers")
    ledger.load(frame("customer_id phone", "C1 123"), "customers")
    [(attributes, phone)] = rows_of(ledger, "customers", "attributes phone")
    assert (json.loads(attributes), phone) == ({"会员卡号": "88"}, "123")


def test_every_other_kind_lands(ledger: kefen.Ledger) -> None:
    ledger.load(frame("customer_id name", "C1 李明"), "contacts")
    ledger.load(frame("customer_id returned_on amount", "C1 2025-01-03 5"), "returns")
    ledger.load(frame("invoice_id customer_id issued_on amount", "I1 C1 2025-01-03 5"), "invoices")
    ledger.load(frame("customer_id paid_on amount", "C2 2025-01-03 5"), "payments")
    counts = [ledger.count(k) for k in ("contacts", "returns", "invoices", "payments", "customers")]
    assert counts == [1, 1, 1, 1, 2]
    assert ledger.version == 4


def test_sources_of_every_sort(ledger: kefen.Ledger) -> None:
    import pandas as pd

    text = "order_id,customer_id,ordered_on,amount\n"
    ledger.load(io.BytesIO((text + "1,C1,2025-01-03,1\n").encode()), "orders")
    ledger.load(
        pd.DataFrame(
            {
                "order_id": ["2"],
                "customer_id": ["C1"],
                "ordered_on": pd.to_datetime(["2025-01-03"]),
                "amount": [1.5],
            }
        ),
        "orders",
    )
    ledger.load(ORDERS.to_arrow(), "orders")
    assert ledger.count("orders") == 5
    again = io.BytesIO((text + "1,C1,2025-01-03,1\n").encode())
    assert ledger.load(again, "orders").already


def test_check_counts_as_load_does_and_changes_nothing(ledger: kefen.Ledger) -> None:
    ledger.load(ORDERS, "orders")
    mixed = frame(
        " ".join(ORDERS.columns),
        "O1 C1 2025-01-03 100",
        "O2 C1 2025-02-03 9",
        "O9 C9 2025-01-01 1",
        "O9 C9 2025-01-01 2",
        "O8 C9 someday 2",
    )
    check = ledger.check(mixed, "orders")
    assert (ledger.version, ledger.count("orders")) == (1, 3)
    batch = ledger.load(mixed, "orders")
    counts = ("rows", "added", "replaced", "unchanged", "repeated", "rejected", "created_customers")
    assert [getattr(check, c) for c in counts] == [getattr(batch, c) for c in counts]
    assert [getattr(batch, c) for c in counts] == [3, 1, 1, 1, 0, 2, 1]
    assert check.rejections == ledger.rejections(batch.id)
    assert check.sample is not None
    assert sorted(check.sample["order_id"]) == ["O2", "O9"]
    assert ledger.check(mixed, "orders").already == batch.id


def test_rejected_rows_are_mended_and_imported(ledger: kefen.Ledger, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "订单号,客户名称,下单日期,金额\nA1,明达,2025-01-03,1\nA2,明达,不详,2\n", "utf-8"
    )
    batch = ledger.load(file)
    for name in ("mend.csv", "mend.xlsx"):
        assert ledger.write_rejections(batch.id, tmp_path / name) == 1
    mended = (tmp_path / "mend.csv").read_text("utf-8-sig").replace("不详", "2025-01-04")
    (tmp_path / "mended.csv").write_text(mended, "utf-8")
    assert ledger.load(tmp_path / "mended.csv").added == 1
    assert ledger.check(tmp_path / "mend.xlsx").rejected == 1
    assert ledger.count("orders") == 2
    with pytest.raises(LedgerError, match="unknown-format"):
        ledger.write_rejections(batch.id, tmp_path / "mend.pdf")


def test_progress_is_told_in_the_callers_thread(ledger: kefen.Ledger) -> None:
    told: list[tuple[str, int]] = []
    ledger.load(ORDERS, "orders", progress=lambda p: told.append((p.stage, threading.get_ident())))
    assert list(dict.fromkeys(stage for stage, _ in told)) == ["reading", "checking", "writing"]
    assert {thread for _, thread in told} == {threading.get_ident()}


def test_frames_make_a_ledger_of_their_own() -> None:
    ledger = kefen.from_frames(orders=ORDERS, customers=frame("customer_id name", "C1 明达"))
    assert (ledger.count("orders"), ledger.count("customers")) == (3, 2)
    with pytest.raises(LedgerError, match="unknown-kind"):
        kefen.from_frames(sales=ORDERS)


def test_many_small_imports_stay_few_files(
    ledger: kefen.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "SMALL_FILES", 4)
    for number in range(8):
        row = f"O{number} C{number % 3} 2025-01-03 {number}"
        ledger.load(frame(" ".join(ORDERS.columns), row), "orders")
    assert len(tables.FactTable(ledger.folder / "facts" / "orders", KINDS["orders"]).files(8)) <= 4
    assert rows_of(ledger.at(7), "orders", "order_id") == sorted((f"O{n}",) for n in range(7))
    ledger.undo(ledger.history()[2].id)
    assert rows_of(ledger, "orders", "order_id") == [(f"O{n}",) for n in range(8) if n != 2]


def test_many_rows_lie_sorted_by_customer_and_day_with_all_columns(ledger: kefen.Ledger) -> None:
    count = 150_000
    rows = pl.select(n=pl.int_range(count)).select(
        order_id="O" + pl.col("n").cast(pl.String),
        line_no=pl.lit(1),
        customer_id="C" + (pl.col("n") * 7919 % 9973).cast(pl.String).str.zfill(4),
        ordered_on=pl.lit(dt.date(2025, 1, 1)) + pl.duration(days=pl.col("n") * 31 % 365),
        amount=pl.col("n") % 100 + 1,
    )
    ledger.load(rows, "order_lines")
    table = tables.FactTable(ledger.folder / "facts" / "order_lines", KINDS["order_lines"])
    [file] = table.files(1)
    written = pl.read_parquet(file, glob=False)
    assert set(written.columns) == set(table.kind.stored_schema().names)
    order = written.select(pl.struct("customer_id", "ordered_on"))
    assert order.to_series().is_sorted()
    assert (written.height, written["amount"].sum()) == (count, rows["amount"].sum())
