"""A corrected file without a column that the earlier one had, and words of types and remarks."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
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


def sold(ledger: kefen.Ledger) -> Decimal:
    return Decimal(ledger.table("sales").amount.sum().to_pyarrow().as_py())


def told(batch: kefen.Batch, code: str) -> dict[str, Any]:
    return next(one.data for one in batch.notices if one.code == code)


@pytest.mark.parametrize("words", [("", ""), (",商品", ",杯")])
def test_a_cancelled_order_stays_so_without_its_status(
    ledger: kefen.Ledger, words: tuple[str, str]
) -> None:
    head = f"订单号,客户,日期,金额{words[0]}"
    rows = f"1,甲,2025-03-01,100{words[1]}", f"2,乙,2025-03-02,200{words[1]}"
    ledger.load(csv(f"{head},状态", f"{rows[0]},完成", f"{rows[1]},已取消"))
    batch = ledger.load(csv(f"{head},业务员", *(f"{row},王" for row in rows)))
    assert (batch.replaced, sold(ledger)) == (2, 100)
    assert told(batch, "columns-kept")["columns_zh"] == ["订单状态"]
    later = csv(f"{head},售后状态", f"{rows[0]},退款成功", f"{rows[1]},")
    assert (ledger.load(later).replaced, sold(ledger)) == (2, 200)


@pytest.mark.parametrize("program", [False, True])
def test_a_row_without_its_status_among_others_counts_again(
    ledger: kefen.Ledger, program: bool
) -> None:
    def load(*rows: str) -> kefen.Batch:
        file = csv("order_id,customer_id,ordered_on,amount,status", *rows)
        return ledger.load(pl.read_csv(file, infer_schema=False) if program else file, "orders")

    load("1,A,2025-03-01,100,cancelled", "2,B,2025-03-02,200,paid")
    batch = load("1,A,2025-03-01,100,", "2,B,2025-03-02,200,paid")
    assert (batch.replaced, batch.unchanged, sold(ledger)) == (1, 1, 300)
    assert told(batch, "counts-again") == {"rows": 1, "money": "100.00", "number": "1"}
    load("1,A,2025-03-01,100,cancelled")
    assert all(one.code != "counts-again" for one in load("1,A,2025-03-01,100,paid").notices)


def test_a_refund_that_is_left_out_is_told(ledger: kefen.Ledger) -> None:
    ledger.load(csv("订单号,客户,日期,金额,退款金额", "1,甲,2025-03-01,100,40"))
    batch = ledger.load(csv("订单号,客户,日期,金额", "1,甲,2025-03-01,100"))
    data = told(batch, "columns-gone")
    assert (data["was"], data["money"], data["columns_zh"]) == ("60.00", "100.00", ["已退金额"])


@pytest.mark.parametrize(
    ("heading", "cells", "right"),
    [
        ("类别", ("销售", "退回", "赠送"), 70),
        ("Belegart", ("Rechnung", "Gutschrift", "Zahlung"), 70),
        ("伝票区分", ("売上", "返品", "入金"), 70),
        ("Вид операции", ("Реализация", "Возврат", "Оплата"), 70),
        ("Soort", ("Factuur", "Creditnota", "Betaling"), 70),
        ("Tipo documento", ("Fattura", "Nota di credito", "Incasso"), 70),
        ("付款方式", ("货到付款", "转账", "预付"), 180),
    ],
)
def test_types_are_known_by_their_cells(
    ledger: kefen.Ledger, heading: str, cells: tuple[str, ...], right: int
) -> None:
    """100 sold, 30 given back, and 50 that is no sale."""
    amounts = zip(("100", "30", "50"), cells, strict=True)
    rows = (f"{n},甲,2025-03-0{n},{a},{cell}" for n, (a, cell) in enumerate(amounts, 1))
    ledger.load(csv(f"单号,客户,日期,金额,{heading}", *rows))
    assert sold(ledger) == right


def test_remarks_of_another_currency(ledger: kefen.Ledger) -> None:
    head = "单号,客户,日期,金额,备注"
    batch = ledger.load(csv(head, "1,A,2025-03-01,100,美金", "2,B,2025-03-02,100,以上均为美元"))
    assert (batch.added, batch.rejected) == (1, 1)
    assert told(batch, "currency-in-remark")["count"] == 1
    note = ledger.load(csv(head[:-3], "3,C,2025-03-03,50", "备注：以上金额单位为美元,,,"))
    assert told(note, "note-row-of-currency")["line"] == 3


def test_remarks_of_returns(ledger: kefen.Ledger) -> None:
    head = "单号,客户,日期,金额,备注"
    rows = "1,A,2025-03-01,100,", "2,A,2025-03-02,30,退货", "3,B,2025-03-02,40,客户退货，质量问题"
    batch = ledger.load(csv(head, *rows))
    assert sold(ledger) == 140
    assert told(batch, "return-in-remark")["count"] == 1


def test_lines_of_jushuitan_count_one_by_one(ledger: kefen.Ledger) -> None:
    head = (
        "内部订单号,线上订单号,店铺名称,状态,下单时间,买家账号,应付金额,已付金额,"
        "商品编码,商品名称,数量,单价,商品金额,退款状态"
    )
    rows = [
        f"8,L1,抖音店,已发货,2025-03-01,a,200,200,S{n},品{n},1,{m},{m},{back}"
        for n, m, back in ((1, 120, "未申请退款"), (2, 80, "退款成功"))
    ]
    batch = ledger.load(csv(head, *rows))
    assert (batch.added, batch.rejected, sold(ledger)) == (2, 0, 120)


def test_a_numbered_sale_to_nobody_is_no_total(ledger: kefen.Ledger) -> None:
    rows = "T1,甲,2025-03-01,10", "T2,甲,2025-03-01,11", "T3,,2025-03-01,21"
    assert ledger.load(csv("小票号,客户,日期,金额", *rows)).rejected == 1


def test_a_currency_that_is_left_out_is_told(ledger: kefen.Ledger) -> None:
    ledger.load(csv("订单号,客户,日期,金额,币种,汇率", "1,甲,2025-03-01,100,USD,7.2"))
    batch = ledger.load(csv("订单号,客户,日期,金额", "1,甲,2025-03-01,100"))
    data = told(batch, "columns-gone")
    assert (data["was"], data["money"]) == ("720.00", "100.00")


def test_money_that_changes_with_a_correction_is_told(ledger: kefen.Ledger) -> None:
    ledger.load(csv("订单号,客户,日期,金额", "1,甲,2025-03-01,113"))
    batch = ledger.load(csv("订单号,客户,日期,不含税金额", "1,甲,2025-03-01,100"))
    assert told(batch, "money-replaced") == {"rows": 1, "was": "113.00", "money": "100.00"}


def test_a_return_that_comes_again_without_its_type_is_told(ledger: kefen.Ledger) -> None:
    head = "订单号,客户,日期,金额"
    rows = "1,甲,2025-03-01,100", "2,甲,2025-03-02,30"
    ledger.load(csv(f"{head},类型", f"{rows[0]},销售", f"{rows[1]},退货"))
    batch = ledger.load(csv(head, *rows))
    assert told(batch, "returns-as-sales") == {"rows": 1, "money": "30.00", "number": "2"}


def test_a_refund_among_returns_is_not_subtracted_from_its_order_again(
    ledger: kefen.Ledger,
) -> None:
    """A2 of 200 is given back whole; A1 of 100 by 30, which the orders say first."""
    head = "订单号,日期,客户,金额"
    ledger.load(csv(head, "A2,2025-03-02,乙,200"))
    returns = "退款单号,订单号,退款日期,客户,退款金额"
    ledger.load(csv(returns, "R2,A2,2025-03-05,乙,200"))
    orders = csv(f"{head},退款金额", "A1,2025-03-01,甲,100,30", "A2,2025-03-02,乙,200,200")
    batch = ledger.load(orders)
    assert (batch.added, batch.unchanged, sold(ledger)) == (1, 1, 270)
    assert told(batch, "refunds-known-as-returns") == {
        "count": 1,
        "money": "200.00",
        "number": "A2",
    }
    again = ledger.load(csv(returns, "R1,A1,2025-03-05,甲,30", "R2,A2,2025-03-05,乙,200"))
    assert told(again, "returns-of-refunded-orders") == {
        "count": 1,
        "money": "30.00",
        "number": "A1",
    }
