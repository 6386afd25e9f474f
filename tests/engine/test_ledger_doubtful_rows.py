"""Rows that may not be what they look like, and statuses in further languages and files."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import kefen

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    with kefen.open(tmp_path / "data") as opened:
        yield opened


def csv(*lines: str) -> io.BytesIO:
    """A text file; its lines as they stand."""
    return io.BytesIO("\n".join(lines).encode())


def total(ledger: kefen.Ledger, table: str = "sales") -> Decimal:
    return Decimal(ledger.table(table).amount.sum().to_pyarrow().as_py())


def told(batch: kefen.Batch, code: str) -> dict[str, Any]:
    return next(one.data for one in batch.notices if one.code == code)


def test_scores_are_brought_to_a_hundred(ledger: kefen.Ledger) -> None:
    batch = ledger.load(csv("客户,评价日期,星级", "甲,2025-03-01,5星", "乙,2025-03-02,1星"))
    assert told(batch, "scores-scaled")["factor"] == 20
    scores = ledger.table("feedback").to_polars().sort("customer_id")["score"].to_list()
    assert sorted(scores) == [20, 100]


def test_doubtful_sales_are_told(ledger: kefen.Ledger) -> None:
    rows = "1001,甲,2025-03-01,30", "1001-1,甲,2025-03-01,10", "1001-2,甲,2025-03-01,20"
    batch = ledger.load(csv("单号,客户,日期,金额", *rows, "7,散客,2025-03-01,5"))
    assert told(batch, "orders-beside-parts")["number"] == "1001"
    assert told(batch, "sales-to-nobody") == {"rows": 1, "money": "5.00", "examples": ["散客"]}


def test_a_payment_of_several_invoices_lands_in_parts(ledger: kefen.Ledger) -> None:
    head = "收款单号,发票号,收款日期,客户,收款金额"
    parts = "P1,I2,2025-03-01,甲,50", "P1,I1,2025-03-01,甲,50", "P2,I3,2025-03-02,乙,80"
    batch = ledger.load(csv(head, *parts))
    assert (total(ledger, "payments"), batch.rejected) == (180, 0)
    assert told(batch, "payments-of-invoices") == {"count": 1, "number": "P1", "money": "100.00"}
    assert ledger.load(csv(head, *reversed(parts))).unchanged == 3


@pytest.mark.parametrize(
    ("heading", "cells", "money"),
    [("价税合计", "113 113", 226), ("价税合计", "113 50", 163), ("发票总额", "113 113", 113)],
)
def test_lines_of_an_invoice_are_added(ledger: kefen.Ledger, heading, cells, money) -> None:
    lines = (f"1,2025-03-01,甲,货{n},{cell}" for n, cell in enumerate(cells.split()))
    head = f"发票号,开票日期,客户简称,存货名称,{heading}"
    batch = ledger.load(csv(head, *lines, "2,2025-03-02,乙,钢板,5"))
    assert (batch.kind, batch.added, total(ledger, "invoices")) == ("invoices", 2, money + 5)


def test_ditto_marks_mean_what_stands_above(ledger: kefen.Ledger) -> None:
    rows = "1,甲,2025-03-01,1", "2,〃,2025-03-02,2", "3,乙,〃,4", "4,同上,2025-03-05,8"
    batch = ledger.load(csv("单号,客户,日期,金额", *rows))
    sums = ledger.table("sales").group_by("customer_id").aggregate(s=lambda t: t.amount.sum())
    assert dict(sums.to_polars().rows()) == {"甲": 3, "乙": 12}
    assert told(batch, "ditto-marks")["count"] == 3


@pytest.mark.parametrize(
    ("heading", "sold", "void"),
    [
        ("Status", "Abgeschlossen", "Storniert"),
        ("Statut", "Terminée", "Remboursée"),
        ("ステータス", "完了", "キャンセル"),
        ("物流状态", "已签收", "已退回"),
        ("物流状态", "已签收", "退回中"),
        ("Fulfilment", "Delivered", "Returned to sender"),
        ("审批", "通过", "驳回"),
    ],
)
def test_what_is_no_sale_in_other_words(
    ledger: kefen.Ledger, heading: str, sold: str, void: str
) -> None:
    rows = f"1,甲,2025-03-01,100,{sold}", f"2,乙,2025-03-02,200,{void}"
    ledger.load(csv(f"订单号,客户,日期,金额,{heading}", *rows))
    assert total(ledger) == 100


def test_statuses_of_returns_payments_and_invoices(ledger: kefen.Ledger) -> None:
    ledger.load(
        csv(
            "退款单号,客户,退款时间,退款金额,状态",
            "R1,甲,2025-03-01,100,退款成功",
            "R2,乙,2025-03-02,70,退款关闭",
        )
    )
    ledger.load(
        csv(
            "收款单号,客户,收款日期,收款金额,状态",
            "P1,甲,2025-03-01,100,已审核",
            "P2,乙,2025-03-02,80,未到账",
        )
    )
    ledger.load(
        csv(
            "发票号,客户,开票日期,开票金额,发票类型",
            "F1,甲,2025-03-01,100,蓝字",
            "F2,甲,2025-03-02,60,红字",
        )
    )
    assert [total(ledger, kind) for kind in ("returns", "payments", "invoices")] == [100, 100, 40]


def test_signs_and_discounts_that_are_left_out_are_told(ledger: kefen.Ledger) -> None:
    batch = ledger.load(csv("单号,客户,日期,数量,金额", "1,甲,2025-03-01,-1,10"))
    assert told(batch, "quantity-sign-differs")["count"] == 1
    lines = "单号,客户,日期,商品,数量,单价,折扣率", "2,甲,2025-03-01,杯,10,10,9折"
    assert told(ledger.load(csv(*lines)), "amount-before-discount")["value"] == "9折"


def test_an_order_above_its_lines_is_told(ledger: kefen.Ledger) -> None:
    ledger.load(csv("订单号,客户,日期,金额", "1,甲,2025-03-01,200"))
    batch = ledger.load(csv("订单号,客户,日期,商品,金额", "1,甲,2025-03-01,杯,180"))
    assert told(batch, "orders-above-lines")["lines"] == "180.00"


def test_a_customer_number_of_zero_is_nobody(tmp_path) -> None:
    head = "订单号,会员ID,客户名称,日期,金额"
    lines = "1,0,张三,2025-03-01,100\n2,0,李四,2025-03-02,200\n3,88,王五,2025-03-02,50\n"
    (tmp_path / "named.csv").write_text(f"{head}\n{lines}", encoding="utf-8")
    bare = "订单号,会员ID,日期,金额\n7,0,2025-03-01,100\n8,0,2025-03-02,200\n9,88,2025-03-02,5\n"
    (tmp_path / "bare.csv").write_text(bare, encoding="utf-8")
    with kefen.open(tmp_path / "data") as ledger:
        said = {n.code: n.data for n in ledger.load(tmp_path / "named.csv").notices}
        assert said["number-zero-left"]["count"] == 2
        assert ledger.count("customers") == 3
        told = {n.code: n.data for n in ledger.load(tmp_path / "bare.csv").notices}
        assert (told["sales-to-nobody"]["rows"], told["sales-to-nobody"]["money"]) == (2, "300.00")


def test_a_line_that_is_the_sum_of_its_order_is_told(ledger: kefen.Ledger) -> None:
    rows = "1,茶,甲,2025-03-01,60", "1,杯,甲,2025-03-01,40", "1,,甲,2025-03-01,100"
    batch = ledger.load(csv("订单号,商品,客户,日期,金额", *rows))
    assert told(batch, "line-beside-parts") == {"orders": 1, "money": "100.00", "number": "1"}
    first = "2,,甲,2025-03-02,100", "2,茶,甲,2025-03-02,60", "2,杯,甲,2025-03-02,40"
    batch = ledger.load(csv("订单号,商品,客户,日期,金额", *first))
    assert (batch.added, told(batch, "whole-rows-left")["money"]) == (2, "100.00")


def test_a_second_column_of_refunds_is_told(ledger: kefen.Ledger) -> None:
    rows = "1,A,2025-03-01,100,0,0", "2,B,2025-03-02,200,50,20"
    batch = ledger.load(csv("Order,Customer,Date,Amount,Chargeback,Returned value", *rows))
    data = told(batch, "refund-column-left")
    assert (data["heading"], data["count"], data["value"]) == ("Chargeback", 1, "50")


def test_sales_that_are_negative_as_a_rule_are_told(ledger: kefen.Ledger) -> None:
    head = "会员卡号,姓名,日期,类型,金额"
    batch = ledger.load(
        csv(head, "1,张三,2025-03-01,充值,1000", "1,张三,2025-03-05,消费,-200",
            "2,李四,2025-03-07,消费,-120", "2,李四,2025-03-08,消费,5")
    )  # fmt: skip
    found = told(batch, "sales-below-zero")
    assert (found["rows"], found["of"], found["money"]) == (2, 3, "-315.00")
    names = ledger.table("customers").to_polars().sort("customer_id")["name"].to_list()
    assert names == ["张三", "李四"]


def test_credit_notes_known_by_their_number_only_are_told(ledger: kefen.Ledger) -> None:
    lines = ("INV-1,Acme,2025-01-03,100", "CN-1,Acme,2025-01-15,30", "INV-2,Beta,2025-01-20,200")
    found = told(ledger.load(csv("Document No,Customer,Date,Amount", *lines)), "credits-by-number")
    assert (found["rows"], found["money"], found["number"]) == (1, "30.00", "CN-1")
    alone = ledger.load(csv("Document No,Customer,Date,Amount", "CN-9,Acme,2025-02-15,30"))
    assert "credits-by-number" not in {one.code for one in alone.notices}


def test_known_sales_under_other_numbers_are_told(ledger: kefen.Ledger) -> None:
    head = "Order,Customer,Date,Amount"
    ledger.load(csv(head, "1,Acme,2025-01-03,100", "2,Beta,2025-01-04,200", "3,Cy,2025-01-05,300"))
    later = ("INV-1,Acme,2025-01-03,100", "INV-2,Beta,2025-01-04,200", "INV-3,Cy,2025-02-05,7")
    found = told(ledger.load(csv(head, *later)), "rows-known-under-other-numbers")
    assert (found["rows"], found["money"], found["customer"]) == (2, "300.00", "Acme")
    batch = ledger.load(
        csv(head, "8,Acme,2025-01-03,100", "9,Beta,2025-03-04,1", "10,Cy,2025-03-05,2")
    )
    assert "rows-known-under-other-numbers" not in {one.code for one in batch.notices}


def test_an_order_that_comes_back_negative_on_another_day_is_asked_about(
    ledger: kefen.Ledger,
) -> None:
    head = "Order,Customer,Date,Amount"
    ledger.load(csv(head, "1001,Acme,2025-01-03,100", "1002,Beta,2025-01-04,200"))
    back = csv(head, "1001,Acme,2025-01-23,-40")
    with pytest.raises(kefen.KefenError) as caught:
        ledger.load(back)
    assert caught.value.code == "known-keys"
    back.seek(0)
    ledger.load(back, known_keys="new")
    assert total(ledger) == 260


def test_orders_whose_lines_all_have_the_same_money_are_told(ledger: kefen.Ledger) -> None:
    head = "Order,Date,Customer,Item,Total"
    lines = ["R1,2025-01-03,Ann,Tea,25", "R1,2025-01-03,Ann,Cake,25", "R2,2025-01-04,Bob,Tea,10",
             "R3,2025-01-05,Cy,Tea,35", "R3,2025-01-05,Cy,Pie,35"]  # fmt: skip
    found = told(ledger.load(csv(head, *lines)), "orders-of-equal-lines")
    assert (found["orders"], found["money"], found["number"]) == (2, "120.00", "R1")
    other = [line.replace("R", "S") for line in lines]
    batch = ledger.load(csv(head, *other, "S4,2025-01-05,Cy,Tea,35", "S4,2025-01-05,Cy,Pie,30"))
    assert "orders-of-equal-lines" not in {one.code for one in batch.notices}


def test_a_payment_of_several_invoices_is_what_each_of_them_gets(ledger: kefen.Ledger) -> None:
    head = "Payment No,Payment date,Customer,Payment amount,Invoice,Allocated"
    lines = ("P1,2025-01-03,Ann,100,I1,60", "P1,2025-01-03,Ann,100,I2,40")
    batch = ledger.load(csv(head, *lines))
    assert total(ledger, "payments") == 100
    assert told(batch, "amounts-differ")["other"] == "Payment amount"
    assert told(batch, "payments-of-invoices")["money"] == "100.00"
