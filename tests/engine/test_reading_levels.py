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
    name = batch.kind
    total = ledger.table(name).amount.sum().to_pyarrow().as_py()
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
