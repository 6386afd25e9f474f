"""States of returns, payments and invoices, flags of approval, types under any heading, dates."""

from __future__ import annotations

import pytest
from messy_files import csv_file, days, money, notices, read

from kefen.errors import KefenError


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


@pytest.mark.parametrize(
    ("lines", "amounts", "states"),
    [
        (  # the status of an order on its first row only
            ("订单号,日期,客户,商品,金额,状态", "1,{d},甲,杯,9,已完成", "1,{d},甲,碗,5,",
             "2,{d},乙,杯,9,已取消", "2,{d},乙,碗,5,"),
            ["9.00", "5.00", "9.00", "5.00"],
            ["已完成", "已完成", "已取消", "已取消"],
        ),
        (  # of single lines: nothing holds for the others
            ("订单号,日期,客户,商品,金额,状态", "1,{d},甲,杯,9,", "1,{d},甲,碗,5,已取消"),
            ["9.00", "5.00"],
            [None, "已取消"],
        ),
        (  # the day of cancelling on the first row only
            ("订单号,日期,客户,商品,金额,作废日期", "1,{d},甲,杯,9,", "2,{d},乙,杯,9,{d}",
             "2,{d},乙,碗,5,"),
            ["9.00", "9.00", "5.00"],
            [None, "作废日期", "作废日期"],
        ),
        (  # of lines: not on first rows only
            ("订单号,日期,客户,商品,金额,作废日期", "1,{d},甲,杯,9,{d}", "1,{d},甲,碗,9,",
             "2,{d},乙,杯,5,", "2,{d},乙,碗,5,{d}"),
            ["9.00", "9.00", "5.00", "5.00"],
            ["作废日期", None, None, "作废日期"],
        ),
        (  # the sale's own row is the sum of its lines, and says that it is void
            ("Receipt Number,Date,Customer,Total,Details,Status", "1,{d},A,33,,CLOSED",
             "1,{d},A,11,Mug,", "1,{d},A,22,Cup,", "3,{d},B,11,,VOIDED", "3,{d},B,11,Mug,"),
            ["11.00", "22.00", "11.00"],
            ["CLOSED", "CLOSED", "VOIDED"],
        ),
        (  # a negative row called refunded is the refund, but for one of a sale that is gone
            ("单号,日期,客户,金额,状态", "1,{d},甲,500,已完成", "2,{d},甲,-100,已退款",
             "3,{d},丙,200,已退款", "4,{d},丙,-200,已退款"),
            ["500.00", "-100.00", "200.00", "-200.00"],
            ["已完成", None, "已退款", "已退款"],
        ),
        (  # a payment beside invoices that have a status of their own
            ("Doc No,Date,Type,Customer,Amount,Status", "I1,{d},Invoice,A,9,Paid",
             "P7,{d},Payment,A,9,Deposited"),
            ["9.00", "9.00"],
            ["Paid", "Type: Payment"],
        ),
    ],
)  # fmt: skip
def test_states_of_rows_that_belong_together(tmp_path, lines, amounts, states) -> None:
    rows, _ = read(csv_file(tmp_path, "\n".join(lines).format(d="2025-03-01")))
    assert (money(rows), rows["status"].to_list()) == (amounts, states)


def test_the_code_of_an_invoice_belongs_to_its_number(tmp_path) -> None:
    head = "发票代码,发票号码,开票日期,购方名称,价税合计\n"
    text = head + "044001,00012345,2025-03-01,甲,113\n044002,00012345,2025-03-03,乙,226\n"
    rows, _ = read(csv_file(tmp_path, text))
    assert rows["invoice_id"].to_list() == ["044001-00012345", "044002-00012345"]


def test_a_unit_in_a_remark_and_cash_with_change_are_told(tmp_path) -> None:
    unit = "单号,日期,客户,金额\n1,2025-03-05,甲,500\n备注：以上金额均为万元,,,\n"
    assert "note-row-of-unit" in notices(csv_file(tmp_path, unit))
    cash = "小票号,交易时间,会员姓名,应收,实收,找零\n1,2025-03-01,甲,95.5,100,4.5\n"
    path = csv_file(tmp_path, cash)
    assert money(read(path)[0]) == ["95.50"]
    assert notices(path) == ["amount-before-change"]


@pytest.mark.parametrize(
    ("head", "row", "amount"),
    [
        ("单号,日期,客户,本币金额,原币金额,币别,汇率", "1,{d},甲,720,100,USD,7.2", "720.00"),
        ("no,date,customer,Base Amount,Currency,Rate", "1,{d},A,720,USD,7.2", "720.00"),
        ("单号,日期,客户,币种,外币金额,汇率,金额", "1,{d},甲,USD,100,7.2,720", "720.00"),
        ("单号,日期,客户,金额,币别,汇率", "1,{d},甲,100,USD,7.2", "720.00"),
    ],
)
def test_money_in_the_base_currency_is_not_converted_again(tmp_path, head, row, amount) -> None:
    path = csv_file(tmp_path, f"{head}\n{row.format(d='2025-03-01')}\n")
    assert money(read(path)[0]) == [amount]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("客户,日期\n甲,2025-03-01\n乙,2025-03-02\n", "kind-unclear"),
        ("客户,2023年销售额,2024年销售额\n甲,100,50\n乙,1,2\n", "months-as-columns"),
        ("Customer,Sales 2023,Sales 2024\nA,100,50\nB,1,2\n", "months-as-columns"),
    ],
)
def test_what_says_nothing_of_sales_is_asked_about(tmp_path, text: str, code: str) -> None:
    with pytest.raises(KefenError) as refused:
        read(csv_file(tmp_path, text))
    assert refused.value.code == code


def test_scores_of_so_many_points_are_of_a_hundred(tmp_path) -> None:
    text = "客户,评价时间,评分\n甲,2025-03-01,4/10\n乙,2025-03-02,4.5/5\n"
    assert read(csv_file(tmp_path, text))[0]["score"].to_list() == [40, 90]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            ("日期,单据类型,单据编号,客户,金额", "{d},销售订单,1,甲,9", "{d},销售出库单,2,甲,9",
             "{d},零售,3,乙,9"),
            ["stages-of-one-sale"],
        ),
        (  # one of each customer, or of other money
            ("Date,Type,Number,Customer,Amount", "{d},Invoice,I1,A,9", "{d},Sales Order,S2,B,9",
             "{d},Sales Order,S3,A,8"),
            [],
        ),
        (("日期,客户,金额,收款方式", "{d},甲,9,现金"), ["receipts-as-sales"]),
        (("单号,日期,客户,金额,收款方式", "1,{d},甲,9,现金"), []),
        (  # the same in cents
            ("id,date,customer,amount,amount_cents", "a1,{d},A,9.50,950"),
            [],
        ),
        (("日期,客户,金额", "{d},甲,9", "{d},乙,8", "{d},全部,17"), ["total-row-skipped"]),
    ],
)  # fmt: skip
def test_what_may_count_twice_is_told(tmp_path, lines, told) -> None:
    codes = notices(csv_file(tmp_path, "\n".join(lines).format(d="2025-03-01")))
    assert [code for code in codes if code != "column-assumed"] == told
