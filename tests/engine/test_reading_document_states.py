"""States of returns, payments and invoices, flags of approval, types under any heading, dates."""

from __future__ import annotations

import pytest
from messy_files import csv_file, days, money, notices, read


def landed(path) -> list[str | None]:
    """The money of the rows that no status leaves out."""
    rows, _ = read(path)
    kept = rows.filter(rows["status"].is_null()) if "status" in rows.columns else rows
    return money(kept)


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        (
            "退款单号,退款日期,客户,退款金额,退款状态",
            "退款成功 退款关闭 等待处理 退款失败 退款中",
        ),
        ("退货单号,退货日期,客户,退货金额,状态", "已完成 已驳回 待审核 处理中 已取消"),
        ("退款单号,退款日期,客户,退款金额,处理结果", "同意退款 拒绝 待处理"),
        ("RMA #,Return date,Customer,Credit amount,Resolution", "Credit Replacement Denied"),
        ("退款单号,退款日期,客户,退款金额,售后类型", "仅退款 换货 补寄"),
        ("Receipt No,Receipt Date,Customer,Amount Received,Cheque Status", "Cleared Bounced PDC"),
        ("收款单号,收款日期,客户,收款金额,状态", "已到账 支付失败 处理中 已退款"),
        ("Invoice #,Invoice Date,Client,Invoice Total,Status", "Overdue Void Draft"),
    ],
)
def test_what_did_not_come_about_is_left_out(tmp_path, head: str, cells: str) -> None:
    rows = [f"R{n},2025-03-0{n},C{n},{n}0,{cell}" for n, cell in enumerate(cells.split(), 1)]
    path = csv_file(tmp_path, "\n".join([head, *rows]))
    assert landed(path) == ["10.00"]
    assert "status-not-known" not in notices(path)


def test_a_state_that_is_not_known_lands_and_is_told(tmp_path) -> None:
    path = csv_file(tmp_path, "收款单号,收款日期,客户,收款金额,状态\nP1,2025-03-05,甲,50,X7\n")
    assert (landed(path), notices(path)) == (["50.00"], ["status-not-known"])


def test_a_reversed_invoice_and_its_negative_one_come_to_nothing(tmp_path) -> None:
    head = "发票号码,开票日期,购方名称,价税合计,发票状态\n"
    both = "3,2025-03-07,丙,70,已红冲\n4,2025-03-08,丙,-70,正常\n5,2025-03-08,丁,80,已红冲\n"
    assert landed(csv_file(tmp_path, head + both)) == ["70.00", "-70.00"]


@pytest.mark.parametrize(
    ("heading", "yes", "no"),
    [
        ("审核标志", "Y", "N"),
        ("是否审核", "是", "否"),
        ("审核", "√", ""),
        ("过账标志", "已过账", "未过账"),
        ("Approved", "TRUE", "FALSE"),
    ],
)
def test_what_nobody_approved_does_not_count(tmp_path, heading: str, yes: str, no: str) -> None:
    text = f"单据编号,日期,客户,金额,{heading}\n1,2025-03-01,a,1,{yes}\n2,2025-03-02,b,2,{no}\n"
    rows, _ = read(csv_file(tmp_path, text))
    assert rows["status"].is_null().to_list() == [True, False]


@pytest.mark.parametrize("heading", ["类别", "方式", "业务"])
def test_types_of_rows_are_known_under_any_heading(tmp_path, heading: str) -> None:
    types = ["销售", "退货", "赠送", "样品", "借出", "某种"]
    rows = [f"A{n},2025-03-01,甲,{n}0,{word}" for n, word in enumerate(types, 1)]
    path = csv_file(tmp_path, "\n".join([f"订单号,日期,客户,金额,{heading}", *rows]))
    assert money(read(path)[0])[:2] == ["10.00", "-20.00"]
    assert read(path)[0]["status"].to_list()[2:] == types[2:]


@pytest.mark.parametrize(
    "head", ["no,date,ship date,customer,amount", "单号,日期,发货日期,客户,金额"]
)
def test_the_date_goes_before_the_day_of_delivery(tmp_path, head: str) -> None:
    text = f"{head}\nA1,2025-02-01,2025-02-15,甲,100\nA2,2025-04-03,2025-05-03,乙,100\n"
    assert days(read(csv_file(tmp_path, text))[0]) == ["2025-02-01", "2025-04-03"]
