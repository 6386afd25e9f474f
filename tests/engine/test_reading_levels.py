"""Orders, lines and payments in one table; parts of an order's money beside each other."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest

import kefen


def landed(*lines: str) -> tuple[Any, Decimal, set[str]]:
    """What an import made of these lines, the money that counts, and the codes of notices."""
    ledger = kefen.from_frames()
    batch = ledger.load(io.BytesIO("\n".join(lines).encode()))
    total = ledger.table(batch.kind).amount.sum().to_pyarrow().as_py()
    return batch, Decimal(total), {one.code for one in batch.notices}


@pytest.mark.parametrize(
    ("head", "line", "payment"), [("Sale", "Sale Line", "Payment"), ("订单", "明细", "收款")]
)
def test_one_level_of_typed_rows_counts(head: str, line: str, payment: str) -> None:
    batch, total, codes = landed(
        "单号,行类型,客户,日期,金额,状态",
        f"1,{head},甲,2025-03-01,33,Completed",
        f"1,{line},甲,2025-03-01,22,",
        f"1,{line},甲,2025-03-01,11,",
        f"1,{payment},甲,2025-03-01,33,",
        f"2,{head},乙,2025-03-02,15,Voided",
        f"2,{line},乙,2025-03-02,15,",
    )
    assert (batch.rows, total) == (2, 33)
    assert "levels-left-head" in codes


def test_heads_are_known_by_the_sum_of_their_lines() -> None:
    head = "单号,客户,日期,商品,金额"
    first = ("1,甲,2025-03-01,,300", "1,甲,2025-03-01,杯,200", "1,甲,2025-03-01,盘,100")
    second = ("2,乙,2025-03-02,,50", "2,乙,2025-03-02,杯,50", "3,丙,2025-03-02,杯,7")
    batch, total, codes = landed(head, *first, *second)
    assert (batch.rows, total, "levels-left-head" in codes) == (3, 357, True)


def test_payments_beside_lines_are_left_out() -> None:
    head = "Receipt,Line Type,Customer,Date,Total"
    lines = ("1,Line,Ann,2025-03-01,22", "1,Line,Ann,2025-03-01,11", "2,Line,Bo,2025-03-01,5")
    _batch, total, codes = landed(head, *lines, "1,Payment,Ann,2025-03-01,33")
    assert (total, "levels-left-line" in codes) == (38, True)


def test_deposit_and_balance_are_the_money_together() -> None:
    rows = ("1,甲,2025-03-01,300,700", "2,乙,2025-03-05,100,")
    _batch, total, codes = landed("订单号,客户,日期,定金,尾款", *rows)
    assert (total, "amount-in-parts" in codes) == (1100, True)
    whole = ("1,甲,2025-03-01,300,700,1000", "2,乙,2025-03-05,100,,120")
    _batch, total, codes = landed("订单号,客户,日期,定金,尾款,总金额", *whole)
    assert (total, "amount-in-parts" in codes) == (1120, False)


def test_numbers_of_electronic_invoices_stand_in_for_those_of_paper() -> None:
    head = "开票日期,购方名称,发票号码,数电发票号码,金额"
    rows = ("2025-03-01,甲,00000001,,100", "2025-03-02,乙,,25332000000000000001,200")
    batch, total, codes = landed(head, *rows)
    assert (batch.kind, batch.rejected, total) == ("invoices", 0, 300)
    assert "numbers-in-two-columns" in codes


def test_rejected_items_and_credit_memos_of_sap() -> None:
    head = "Sales Doc.;Sales Document Type;Sold-To Party;Document Date;Item;Material;Net Value"
    lines = ("1;OR;C1;01.03.2025;10;M1;1.200,00;", "1;OR;C1;01.03.2025;20;M2;300,00;Too expensive")
    back = ("2;RE;C1;05.03.2025;10;M1;600,00-;", "3;CR;C1;06.03.2025;10;M1;100,00;")
    batch, total, _codes = landed(f"{head};Rejection Reason", *lines, *back)
    assert (batch.kind, total) == ("order_lines", 500)


def test_equal_items_of_lazada_are_told_apart_by_their_ids() -> None:
    head = "orderItemId;orderNumber;createTime;customerName;customerEmail;paidPrice;status"
    rows = [f"{n};90001;01 Mar 2025 10:11;Ann;;18.00;delivered" for n in (7001, 7002)]
    _batch, total, _codes = landed(
        head, *rows, "7003;90002;02 Mar 2025 10:11;Bo;;9.00;Package Returned"
    )
    assert total == 36


def test_a_customer_on_the_first_row_of_its_group_holds_below() -> None:
    head = "客户名称,单号,日期,金额"
    first = ("甲,1,2025-03-01,100", ",2,2025-03-02,200", ",3,2025-03-03,300")
    batch, total, codes = landed(head, *first, "乙,4,2025-03-01,50", ",5,2025-03-05,60")
    assert (batch.created_customers, batch.rejected, total) == (2, 0, 710)
    assert "customers-filled-down" in codes


def test_sales_to_nobody_known_are_nobodys() -> None:
    head = "客户名称,单号,日期,金额"
    till = ("甲,1,2025-03-01,100", ",2,2025-03-02,200", ",3,2025-03-03,300", "乙,4,2025-03-04,50")
    batch, _total, codes = landed(head, *till)
    assert (batch.rejected, "customers-filled-down" in codes) == (2, False)
