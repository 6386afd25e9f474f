"""What an order's status says: rows land, and only sales count."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kefen
from kefen import indicators
from kefen.indicators import Request
from kefen.ledger.document_types import is_return
from kefen.ledger.statuses import meanings
from kefen.period import Window

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

AS_OF = date(2025, 3, 1)


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    with kefen.open(tmp_path / "data") as opened:
        yield opened


def frame(head: str, *rows: str) -> pl.DataFrame:
    """A frame of text: cells by blanks, `-` is nothing."""
    cells = [[None if cell == "-" else cell for cell in row.split()] for row in rows]
    return pl.DataFrame(cells, schema=dict.fromkeys(head.split(), pl.String), orient="row")


def sales(ledger: kefen.Ledger) -> dict[str, Decimal]:
    """Sales of all time by customer."""
    table = indicators.compute(ledger, [Request("sales", Window.parse("all"))], as_of=AS_OF)
    return {row["customer_id"]: row["sales"] for row in table.to_pyarrow().to_pylist()}


ORDERS = "order_id customer_id ordered_on amount status"
SHOP = (
    "S1 甲 2025-01-03 100 已完成",
    "S2 乙 2025-01-04 9000 已取消",
    "S3 丙 2025-01-05 8000 交易关闭",
    "S4 丁 2025-01-06 50 待付款",
    "S5 甲 2025-02-06 20 加急",
)


def test_what_is_no_sale_lands_and_does_not_count(ledger: kefen.Ledger) -> None:
    batch = ledger.load(frame(ORDERS, *SHOP), "orders")
    assert (batch.added, batch.rejected) == (5, 0)
    assert (ledger.count("orders"), ledger.count("orders", whole=True)) == (2, 5)
    assert sorted(ledger.table("orders").to_polars()["order_id"]) == ["S1", "S5"]
    whole = ledger.table("orders", whole=True).to_polars().sort("order_id")
    assert whole["counted"].to_list() == [None, False, False, False, None]
    assert sales(ledger) == {"甲": 120, "乙": 0, "丙": 0, "丁": 0}
    assert ledger.span() == (date(2025, 1, 3), date(2025, 2, 6))


def test_rows_and_money_of_each_status_are_told(ledger: kefen.Ledger) -> None:
    check = ledger.check(frame(ORDERS, *SHOP), "orders")
    told = {notice.data["status"]: (notice.code, notice.data) for notice in check.notices}
    assert told["已完成"][0] == "status-counts"
    assert told["加急"] == ("status-unknown", {"status": "加急", "rows": 1, "money": "20.00"})
    code, data = told["已取消"]
    assert (code, data["rows"], data["money"]) == ("status-counts-not", 1, "9,000.00")


def test_a_person_may_say_what_a_status_means(ledger: kefen.Ledger) -> None:
    ledger.load(frame(ORDERS, *SHOP), "orders", statuses={"加急": False, "待付款": True})
    assert sales(ledger) == {"甲": 100, "乙": 0, "丙": 0, "丁": 50}


def test_a_status_that_changes_counts_anew(ledger: kefen.Ledger) -> None:
    ledger.load(frame(ORDERS, "S1 甲 2025-01-03 100 待付款"), "orders")
    assert sales(ledger) == {"甲": 0}
    batch = ledger.load(frame(ORDERS, "S1 甲 2025-01-03 100 已付款"), "orders")
    assert batch.replaced == 1
    assert sales(ledger) == {"甲": 100}
    ledger.undo(batch.id)
    assert sales(ledger) == {"甲": 0}


def test_orders_without_numbers_are_found_again_when_their_status_changes(
    ledger: kefen.Ledger,
) -> None:
    head = "customer_id ordered_on amount status"
    ledger.load(frame(head, "甲 2025-01-03 100 paid"), "orders")
    batch = ledger.load(frame(head, "甲 2025-01-03 100 refunded"), "orders")
    assert (batch.added, batch.replaced) == (0, 1)
    assert sales(ledger) == {"甲": 0}


LINES = "order_id customer_id ordered_on amount product_id"


def test_with_an_order_go_its_lines_and_returns(ledger: kefen.Ledger) -> None:
    ledger.load(
        frame(LINES, "S1 甲 2025-01-03 60 P1", "S1 甲 2025-01-03 40 P2", "S2 乙 2025-01-03 7 P1"),
        "order_lines",
    )
    back = frame("customer_id returned_on amount order_id", "甲 2025-01-09 30 S1")
    ledger.load(back, "returns")
    assert sales(ledger) == {"甲": 70, "乙": 7}
    ledger.load(frame(ORDERS, "S1 甲 2025-01-03 100 已退款"), "orders")
    assert sales(ledger) == {"甲": 0, "乙": 7}
    assert ledger.count("order_lines") == 3


def test_an_order_none_of_whose_lines_counts_does_not_count(ledger: kefen.Ledger) -> None:
    ledger.load(frame(ORDERS, "S1 甲 2025-01-03 100 -", "S2 乙 2025-01-03 50 -"), "orders")
    lines = frame(
        LINES + " status",
        "S1 甲 2025-01-03 100 P1 已取消",
        "S2 乙 2025-01-03 30 P1 已取消",
        "S2 乙 2025-01-03 20 P2 已完成",
    )
    ledger.load(lines, "order_lines")
    assert sales(ledger) == {"甲": 0, "乙": 20}


@pytest.mark.parametrize(
    ("statuses", "sold"),
    [
        ("已完成 已取消 交易关闭 已退款 退款成功 等待买家付款 作废 报价 草稿 已关闭", "已完成"),
        ("卖家已发货，等待买家确认|等待买家付款|未发货，退款成功", "卖家已发货，等待买家确认"),
        ("wc-completed wc-cancelled wc-refunded wc-failed wc-pending", "wc-completed"),
        ("Closed Won|Closed Lost to Competition|Negotiation/Review|verbal", "Closed Won"),
        ("Sales Order|Quotation Sent|Cancelled|draft", "Sales Order"),
        ("paid partially_refunded refunded voided", "paid partially_refunded"),
        ("complete closed canceled", "complete"),
        ("Open Closed", "Open Closed"),
        ("部分退款 退款中 锁定 等待出库", "部分退款 退款中 等待出库"),
    ],
)
def test_statuses_are_read_in_both_languages(statuses: str, sold: str) -> None:
    words = statuses.split("|") if "|" in statuses else statuses.split()
    counted = [word for word, said in meanings(words).items() if said != "none"]
    assert counted == ([sold] if "|" in statuses else sold.split()) or counted == [sold]


@pytest.mark.parametrize(
    ("word", "back"),
    [
        ("销售退货", True),
        ("委托退货单", True),
        ("采购退货单", False),
        ("Credit Note", True),
        ("销售出库", False),
        ("New", False),
    ],
)
def test_types_of_returns_are_known(word: str, back: bool) -> None:
    assert is_return(word) is back


DOCUMENTS = (
    "单据类型,单据编号,单据日期,往来单位,金额\n"
    "销售出库单,CK1,2026-10-08,宏业,18000\n销售退货单,TH1,2026-10-20,宏业,-2000\n"
    "其他出库单,QT1,2026-10-11,宏业,300\n收款单,SK1,2026-10-30,宏业,16000\n"
    "特殊单,TS1,2026-10-30,海纳,70\n"
)


def test_documents_that_are_no_sales_do_not_count(tmp_path) -> None:
    path = tmp_path / "十月单据.csv"
    path.write_text(DOCUMENTS, encoding="utf-8")
    with kefen.open(tmp_path / "data") as ledger:
        told = {
            notice.data["status"]: (notice.code, notice.data["rows"], notice.data["money"])
            for notice in ledger.check(path).notices
            if notice.code.startswith("document-")
        }
        assert told == {
            "收款单": ("document-counts-not", 1, "16,000.00"),
            "其他出库单": ("document-counts-not", 1, "300.00"),
            "特殊单": ("document-unknown", 1, "70.00"),
            "销售出库单": ("document-counts", 1, "18,000.00"),
        }
        ledger.load(path)
        # 18,000 sold, 2,000 back, and 70 of a type that nobody knows.
        assert ledger.table("orders").to_polars()["amount"].sum() == 16_070
    with kefen.open(tmp_path / "other") as ledger:
        ledger.load(path, statuses={"特殊单": False, "其他出库单": True})
        assert ledger.table("orders").to_polars()["amount"].sum() == 16_300


def test_a_type_that_is_no_sale_outweighs_the_status(tmp_path) -> None:
    path = tmp_path / "transactions.csv"
    path.write_text(
        "Transaction type,No,Date,Customer,Amount,Status\nInvoice,1,2026-10-08,A,100,Paid\n"
        "Invoice,2,2026-10-09,A,40,Cancelled\nJournal Entry,3,2026-10-10,A,7,Posted\n",
        encoding="utf-8",
    )
    with kefen.open(tmp_path / "data") as ledger:
        ledger.load(path, "orders")
        assert ledger.table("orders").to_polars()["amount"].sum() == 100


@pytest.mark.parametrize("numbers", [True, False])
def test_returns_among_sales_are_returns_in_indicators(tmp_path, numbers: bool) -> None:
    lines = DOCUMENTS.splitlines()
    rows = [line.split(",") for line in (lines[0], lines[1], lines[2])]
    kept = [row if numbers else [*row[:1], *row[2:]] for row in rows]
    path = tmp_path / "documents.csv"
    path.write_text("\n".join(map(",".join, kept)) + "\n", encoding="utf-8")
    with kefen.open(tmp_path / "data") as ledger:
        ledger.load(path)
        asked = ["return_rate", "returns_amount", "sales"]
        requests = [Request(name, Window.parse("all")) for name in asked]
        [row] = indicators.compute(ledger, requests, date(2026, 11, 1)).to_pyarrow().to_pylist()
    # 18,000 sold, 2,000 of it given back.
    assert [float(row[name]) for name in asked] == pytest.approx([1 / 9, 2_000, 16_000])


BESIDE = [
    ("订单状态,售后状态", "交易成功,退款成功", "售后状态: 退款成功"),
    ("付款状态,发货状态", "已付款,已退货", "发货状态: 已退货"),
    ("单据状态,作废状态", "已审核,已作废", "作废状态: 已作废"),
    ("订单状态,退款状态", "已完成,成功", "退款状态: 成功"),
    ("备注,是否作废", "加急,是", "是否作废"),
    ("备注,Cancelled", "rush,TRUE", "Cancelled"),
    ("备注,Cancelled at", "rush,2025-03-03 10:00:00", "Cancelled at"),
    ("备注,是否有效", "加急,否", "是否有效: 否"),
    ("数量,退货数量", "2,2", "退货数量"),
    ("审核状态,备注", "已审核,作废", "备注: 作废"),
]


@pytest.mark.parametrize(("heads", "cells", "status"), BESIDE)
def test_any_column_may_say_that_a_row_is_no_sale(
    ledger: kefen.Ledger, tmp_path: Path, heads: str, cells: str, status: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        f"订单号,客户,日期,金额,{heads}\nA1,明达,2025-01-03,100,,\nA2,永昌,2025-01-04,200,{cells}\n",
        encoding="utf-8",
    )
    told = [n.data for n in ledger.check(path).notices if n.code == "status-counts-not"]
    assert told == [{"status": status, "rows": 1, "money": "200.00"}]
    ledger.load(path)
    assert sales(ledger) == {"明达": 100, "永昌": 0}


@pytest.mark.parametrize(
    ("heads", "cells"),
    [
        ("订单状态,售后状态", "已发货,无售后或售后取消"),
        ("订单状态,退款状态", "已发货,退款关闭"),
        ("订单状态,付款状态", "已发货,未付款"),
        ("订单状态,审核状态", "已完成,未审核"),
        ("备注,客户状态", "加急,流失"),
        ("备注,是否作废", "上一单作废,否"),
        ("备注,Cancelled at", "rush,0000-00-00"),
        ("退款金额,售后状态", "0,未退款"),
        ("数量,退货数量", "2,0"),
    ],
)
def test_what_a_further_column_does_not_take_back_counts(
    ledger: kefen.Ledger, tmp_path: Path, heads: str, cells: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        f"订单号,客户,日期,金额,{heads}\nA2,永昌,2025-01-04,200,{cells}\n", encoding="utf-8"
    )
    ledger.load(path)
    assert sales(ledger) == {"永昌": 200}


def test_what_is_given_back_in_part_is_subtracted_and_not_void(
    ledger: kefen.Ledger, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "订单号,客户,日期,金额,退款金额,订单状态,售后状态\n"
        "A1,明达,2025-01-03,100,30,交易成功,退款成功\nA2,永昌,2025-01-04,200,200,交易成功,退款成功\n",
        encoding="utf-8",
    )
    ledger.load(path)
    assert sales(ledger) == {"明达": 70, "永昌": 0}


@pytest.mark.parametrize(
    ("heads", "cells"), [("数量,退货数量", "2,1"), ("备注,退款状态", ",部分退款")]
)
def test_what_came_back_in_part_without_money_counts_whole_and_is_told(
    ledger: kefen.Ledger, tmp_path: Path, heads: str, cells: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        f"订单号,客户,日期,金额,{heads}\nA1,明达,2025-01-03,100,{cells}\n", encoding="utf-8"
    )
    check = ledger.check(path)
    assert [n.data["count"] for n in check.notices if n.code == "returned-in-part"] == [1]
    assert [n.code for n in check.notices if n.code == "status-counts-not"] == []


def test_void_invoices_are_left_out_and_told(ledger: kefen.Ledger, tmp_path: Path) -> None:
    path = tmp_path / "发票.csv"
    path.write_text(
        "发票号码,客户,开票日期,金额,发票状态\n001,明达,2025-01-03,100,正常\n003,永昌,2025-01-04,200,作废\n",
        encoding="utf-8",
    )
    check = ledger.check(path)
    told = [(n.code, n.data) for n in check.notices if n.code.startswith("status-")]
    data = {"status": "发票状态: 作废", "rows": 1, "money": "200.00"}
    assert (check.kind, told) == ("invoices", [("status-left", data)])
    assert ledger.load(path, statuses={"发票状态: 作废": True}).added == 2
