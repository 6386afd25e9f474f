"""Numbers that are no keys, several rows of one order, what blanks and salespeople say."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from messy_files import xlsx_file

import kefen
from kefen import indicators
from kefen.errors import LedgerError
from kefen.indicators import Request
from kefen.period import Window

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    with kefen.open(tmp_path / "data") as opened:
        yield opened


def csv(*lines: str) -> io.BytesIO:
    """A text file; its lines as they stand."""
    return io.BytesIO("\n".join(lines).encode())


def sales(ledger: kefen.Ledger) -> dict[str, Decimal]:
    """Sales of all time by customer."""
    table = indicators.compute(
        ledger, [Request("sales", Window.parse("all"))], as_of=date(2026, 1, 1)
    )
    return {row["customer_id"]: row["sales"] for row in table.to_pyarrow().to_pylist()}


def codes(batch: Any) -> set[str]:
    return {notice.code for notice in batch.notices}


@pytest.mark.parametrize("heading", ["No.", "#", "编号", "序号"])
def test_a_running_number_is_no_order_number(ledger: kefen.Ledger, heading: str) -> None:
    head = f"{heading},客户名称,日期,金额"
    ledger.load(csv(head, "1,甲,2025-01-03,500", "2,乙,2025-01-04,300"), "orders")
    batch = ledger.load(csv(head, "1,丙,2025-02-03,100", "2,甲,2025-02-05,700"), "orders")
    assert batch.added == 2
    assert "running-number" in codes(batch) or heading not in ("No.", "编号")
    assert sales(ledger) == {"甲": 1200, "乙": 300, "丙": 100}


ORDERS = "订单号,客户名称,日期,金额"
JANUARY = (ORDERS, "1001,甲,2025-01-03,500", "1002,乙,2025-01-04,300")
OTHERS = (ORDERS, "1001,丙,2025-02-03,100", "1003,乙,2025-02-04,30")


def test_known_numbers_of_other_customers_and_days_are_asked_about(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*JANUARY))
    check = ledger.check(csv(*OTHERS))
    assert (check.known_keys, "known-keys" in codes(check)) == (1, True)
    with pytest.raises(LedgerError) as refused:
        ledger.load(csv(*OTHERS))
    assert (refused.value.code, refused.value.data["numbers"]) == ("known-keys", ["1001"])
    assert sales(ledger) == {"甲": 500, "乙": 300}


def test_known_numbers_may_be_corrections(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*JANUARY))
    batch = ledger.load(csv(*OTHERS), known_keys="replace")
    assert (batch.added, batch.replaced) == (1, 1)
    assert sales(ledger) == {"甲": 0, "乙": 330, "丙": 100}


def test_known_numbers_may_be_other_orders_and_are_found_again(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*JANUARY))
    ledger.load(csv(*OTHERS), known_keys="new")
    longer = ledger.load(csv(*OTHERS, "1004,丁,2025-02-05,7"), known_keys="new")
    assert (longer.added, longer.unchanged) == (1, 2)
    assert sales(ledger) == {"甲": 500, "乙": 330, "丙": 100, "丁": 7}


def test_what_comes_as_new_replaces_no_other_customer_or_day(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*JANUARY, "1003,丁,2025-01-05,70"))
    shop = (ORDERS, "1001,甲,2025-02-03,100", "1002,丙,2025-01-04,30", "1003,丁,2025-01-05,75")
    batch = ledger.load(csv(*shop), known_keys="new")
    assert (batch.added, batch.replaced) == (2, 1)
    told = {one.code: one.data["count"] for one in batch.notices if "known" in one.code}
    assert told == {"known-keys-kept": 2, "known-keys-corrected": 1}
    assert sales(ledger) == {"甲": 600, "乙": 300, "丙": 30, "丁": 75}
    assert ledger.load(csv(*shop), known_keys="new").unchanged == 3


def test_a_corrected_customer_or_day_alone_is_a_correction(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*JANUARY))
    batch = ledger.load(csv(ORDERS, "1001,丙,2025-01-03,500", "1002,乙,2025-01-09,300"))
    assert batch.replaced == 2
    moved = next(one.data for one in batch.notices if one.code == "known-of-other-customers")
    assert moved == {
        "count": 1,
        "was": "500.00",
        "money": "500.00",
        "number": "1001",
        "known_customer": "甲",
        "customer": "丙",
    }


def test_the_same_number_of_another_shop_is_asked_about(ledger: kefen.Ledger) -> None:
    ledger.load(csv(f"{ORDERS},店铺", "1001,甲,2025-01-03,500,一店", "1002,乙,2025-01-04,300,一店"))
    moved = (f"{ORDERS},店铺", "1001,甲,2025-01-03,500,总店", "1002,乙,2025-01-04,300,总店")
    assert ledger.check(csv(*moved)).known_keys == 0
    second = (f"{ORDERS},店铺", "1001,丙,2025-01-03,70,二店", "1002,乙,2025-01-04,25,二店")
    with pytest.raises(LedgerError) as refused:
        ledger.load(csv(*second))
    assert (refused.value.code, refused.value.data["count"]) == ("known-keys", 2)
    assert ledger.load(csv(*second), known_keys="new").added == 2
    assert sales(ledger) == {"甲": 500, "乙": 325, "丙": 70}


def test_a_prefix_keeps_two_shops_apart(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*JANUARY), prefix="north")
    ledger.load(csv(*OTHERS), prefix="south")
    assert sales(ledger) == {"甲": 500, "乙": 330, "丙": 100}
    assert "south-1001" in ledger.table("orders").to_polars()["order_id"].to_list()


def test_rows_of_orders_are_added_where_several_orders_stand_so(ledger: kefen.Ledger) -> None:
    split = ("S1,甲,2025-01-03,100", "S1,甲,2025-01-03,250", "S2,乙,2025-01-04,5")
    batch = ledger.load(csv(ORDERS, *split, "S2,乙,2025-01-04,20"))
    assert (batch.rows, batch.added, batch.repeated) == (4, 2, 2)
    assert "order-rows-added" in codes(batch)
    assert sales(ledger) == {"甲": 350, "乙": 25}


def test_further_rows_of_an_order_take_what_its_first_row_says(ledger: kefen.Ledger) -> None:
    shop = ("订单号,客户名称,日期,金额,订单状态", "S1,甲,2025-01-03,100,已退款", "S1,,2025-01-03,,")
    batch = ledger.load(csv(*shop, "S2,乙,2025-01-04,5,已完成", "S2,,,,"), "orders")
    assert (batch.added, batch.rejected, "order-rows-joined" in codes(batch)) == (2, 0, True)
    assert sales(ledger) == {"甲": 0, "乙": 5}


def test_the_money_of_an_order_on_each_line_counts_once(ledger: kefen.Ledger) -> None:
    lines = ("订单号,客户名称,日期,商品名称,数量,单价,金额", "S1,甲,2025-01-03,茶,1,100,150")
    batch = ledger.load(csv(*lines, "S1,甲,2025-01-03,杯,1,60,150", "S2,乙,2025-01-04,茶,2,9,18"))
    assert (batch.kind, "order-money-shared" in codes(batch)) == ("order_lines", True)
    amounts = sorted(ledger.table("order_lines").to_polars()["amount"])
    assert amounts == [
        Decimal("18.00"),
        Decimal("56.25"),
        Decimal("93.75"),
    ]  # 150 · 60/160, 100/160


def test_lines_left_out_as_repeated_are_told_with_their_money_and_listed(
    ledger: kefen.Ledger,
) -> None:
    lines = ("订单号,客户名称,日期,商品名称,金额", *["S1,甲,2025-01-03,茶,40"] * 3)
    batch = ledger.load(csv(*lines), "order_lines")
    [told] = [notice for notice in batch.notices if notice.code == "lines-repeated"]
    assert told.data == {"rows": 2, "money": "80.00"}
    assert [entry.line for entry in ledger.repeats(batch.id)] == [3, 4]


def test_types_of_returns_make_returns(ledger: kefen.Ledger) -> None:
    head = "单据编号,单据类型,客户名称,日期,金额"
    rows = (
        "X1,销售出库,甲,2025-01-03,100",
        "X2,销售退货,甲,2025-01-05,30",
        "X3,红字,乙,2025-01-05,-5",
    )
    batch = ledger.load(csv(head, *rows), "orders")
    [told] = [notice for notice in batch.notices if notice.code == "returns-among-sales"]
    assert told.data == {"rows": 2, "money": "35.00"}
    assert sales(ledger) == {"甲": 70, "乙": -5}


def test_a_refund_of_an_order_in_a_bill_stands_beside_it(ledger: kefen.Ledger) -> None:
    head = "订单号,客户名称,日期,交易状态,订单金额,退款金额"
    ledger.load(csv(head, "S1,甲,2025-01-03,SUCCESS,100,0"), "orders")
    ledger.load(csv(head, "S1,甲,2025-02-05,REFUND,0,30"), "orders")
    assert sales(ledger) == {"甲": 70}


def test_refunds_beside_the_money_are_subtracted(ledger: kefen.Ledger) -> None:
    head = "订单号,客户名称,下单日期,订单金额,退款金额"
    batch = ledger.load(csv(head, "S1,甲,2025-01-03,1000,0", "S2,乙,2025-01-04,5000,500"))
    assert (batch.kind, "refunds-subtracted" in codes(batch)) == ("orders", True)
    assert sales(ledger) == {"甲": 1000, "乙": 4500}


def test_salespeople_own_customers_that_nobody_owns(ledger: kefen.Ledger) -> None:
    ledger.load(csv("客户编号,客户名称,负责人", "C1,甲,王芳", "C2,乙,"), "customers")
    orders = (
        "订单号,客户编号,日期,金额,业务员",
        "S1,C1,2025-01-03,1,李明",
        "S2,C2,2025-01-03,1,李明",
    )
    batch = ledger.load(csv(*orders, "S3,C3,2025-01-03,1,赵强"), "orders")
    owners = dict(ledger.table("customers").to_polars().select("customer_id", "owner").rows())
    assert owners == {"C1": "王芳", "C2": "李明", "C3": "赵强"}
    ledger.undo(batch.id)
    owners = dict(ledger.table("customers").to_polars().select("customer_id", "owner").rows())
    assert owners == {"C1": "王芳", "C2": None}


def test_customers_that_look_alike_are_told(ledger: kefen.Ledger) -> None:
    head = "customer,date,amount"
    ledger.load(csv(head, "Acme Ltd,2025-01-03,100"), "orders")
    batch = ledger.load(csv(head, "ACME LTD.,2025-01-04,200", "Bolt,2025-01-04,1"), "orders")
    [told] = [notice for notice in batch.notices if notice.code == "customers-alike"]
    assert told.data == {"count": 1, "examples": ["ACME LTD. / Acme Ltd"]}


def test_undo_gives_back_what_a_batch_brought_unchanged(ledger: kefen.Ledger) -> None:
    ledger.load(csv(ORDERS, "O1,甲,2025-01-03,100"))
    ledger.load(csv(ORDERS, "O1,甲,2025-01-03,100", "O9,甲,2025-01-04,9"))
    last = ledger.load(csv(ORDERS, "O1,甲,2025-01-03,200"))
    ledger.undo(last.id)
    assert sales(ledger) == {"甲": 109}


def test_beside_an_ambiguous_name_a_new_one_lands(ledger: kefen.Ledger) -> None:
    ledger.load(csv("客户编号,客户名称", "C1,甲", "C2,甲"), "customers")
    batch = ledger.load(csv(ORDERS, "O1,甲,2025-01-03,1", "O2,乙,2025-01-04,2"))
    assert (batch.added, batch.rejected) == (1, 1)
    assert ledger.table("orders").to_polars()["customer_id"].to_list() == ["乙"]


def test_a_name_that_now_comes_with_a_code_is_told(ledger: kefen.Ledger) -> None:
    head = "单据编号,客户编号,客户名称,日期,金额"
    ledger.load(csv(head, "X1,,甲,2025-01-03,100"), "orders")
    batch = ledger.load(csv(head, "X2,K010,甲,2025-01-04,100"), "orders")
    [told] = [notice for notice in batch.notices if notice.code == "customers-now-coded"]
    assert told.data == {"count": 1, "examples": ["甲 / K010"]}


def test_codes_that_differ_by_leading_zeros_are_told_with_their_money(
    ledger: kefen.Ledger,
) -> None:
    ledger.load(csv("客户编号,客户名称", "001,甲", "002,乙"), "customers")
    rows = ("A1,1,2025-01-03,100", "A2,2,2025-01-04,200", "A3,7,2025-01-04,5")
    batch = ledger.load(csv("单据编号,客户编号,日期,金额", *rows), "orders")
    [told] = [notice for notice in batch.notices if notice.code.startswith("codes-differ")]
    assert told.data == {"count": 2, "examples": ["1 / 001", "2 / 002"], "money": "300.00"}


def test_most_numbers_with_other_days_and_amounts_are_asked_about(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*JANUARY))
    again = (ORDERS, "1001,甲,2025-02-03,900", "1002,丙,2025-02-04,80")
    with pytest.raises(LedgerError) as refused:
        ledger.load(csv(*again))
    assert refused.value.data["numbers"] == ["1001", "1002"]
    assert (refused.value.data["known_money"], refused.value.data["money"]) == ("500.00", "900.00")
    one = ledger.load(csv(*JANUARY[:2], "1002,乙,2025-01-05,310"))
    assert (one.unchanged, one.replaced) == (1, 1)


LINES = "店铺,订单号,客户,日期,商品,数量,金额"


def test_shops_that_number_alike_are_kept_apart(ledger: kefen.Ledger) -> None:
    first = "一店,7,甲,2025-03-01,螺丝,1,100"
    batch = ledger.load(csv(LINES, first, "二店,7,乙,2025-03-01,螺母,1,200"))
    assert "shops-number-alike" in codes(batch)
    orders = ("店铺,订单号,客户,日期,金额", "一店,8,丙,2025-03-02,30", "二店,8,丙,2025-03-02,30")
    assert ledger.load(csv(*orders)).added == 2
    assert sales(ledger) == {"甲": 100, "乙": 200, "丙": 60}
    assert set(ledger.table("order_lines").to_polars()["order_id"]) == {"7", "二店-7"}
    assert ledger.load(csv(LINES, first, "二店,9,乙,2025-03-09,螺母,1,1")).unchanged == 1


def test_lines_of_other_customers_are_other_orders(ledger: kefen.Ledger) -> None:
    till = "小票号,日期,会员卡号,商品名称,数量,金额"
    rows = [f"0001,2025-03-0{day},VIP{card},牛奶,2,10" for day, card in ((1, 1), (2, 2), (3, 1))]
    batch = ledger.load(csv(till, *rows))
    assert "order-lines-of-customers" in codes(batch)
    assert ledger.table("order_lines").to_polars()["order_id"].n_unique() == 3
    longer = ledger.load(csv(till, *rows, "0001,2025-03-04,VIP9,面包,1,8"))
    assert (longer.unchanged, longer.added) == (3, 1)


def test_lines_of_one_customer_on_several_days_stay_one_order(ledger: kefen.Ledger) -> None:
    parts = (LINES, "店,1,甲,2025-03-01,螺丝,1,100", "店,1,甲,2025-03-05,螺母,1,50")
    batch = ledger.load(csv(*parts))
    assert "order-lines-of-days" in codes(batch)
    assert set(ledger.table("order_lines").to_polars()["order_id"]) == {"1"}
    ledger.undo(batch.id)
    ledger.load(csv(*parts), known_keys="new")
    assert ledger.table("order_lines").to_polars()["order_id"].n_unique() == 2


def test_codes_of_one_file_that_differ_by_zeros_are_told(ledger: kefen.Ledger) -> None:
    head = "客户编号,日期,金额"
    batch = ledger.load(
        csv(
            head, "1001,2025-03-01,1", "01001,2025-03-02,2", "1001.0,2025-03-03,4", "A,2025-03-04,8"
        )
    )
    [data] = [one.data for one in batch.notices if one.code == "codes-differ-by-zeros-money"]
    assert data["examples"] == ["1001 / 01001", "1001.0 / 01001"]


def test_two_customers_of_one_name_need_numbers(ledger: kefen.Ledger) -> None:
    head = "客户名称,手机号,地址"
    batch = ledger.load(csv(head, "张伟,13800000001,上海", "张伟,13900000002,北京"), "customers")
    assert [one.code for one in ledger.rejections(batch.id)] == ["name-twice"]


def test_numbers_that_come_again_in_several_sheets_are_told(ledger: kefen.Ledger) -> None:
    head = ["订单号", "客户", "日期", "金额"]
    sheets = [(name, [head, ["1", "甲", "2025-03-01", 5]]) for name in ("一店", "二店")]
    path = xlsx_file(ledger.path.parent, *sheets)
    assert {"rows-repeated", "sheets-number-alike"} <= codes(ledger.load(path))


def test_lines_whose_days_are_no_text_are_rejected(ledger: kefen.Ledger, tmp_path: Path) -> None:
    told = {"单号": ["1"], "行号": ["1"], "客户": ["甲"], "下单日期": [b"\xff\xfe"], "金额": ["5"]}
    pl.DataFrame(told).write_parquet(tmp_path / "lines.parquet")
    check = ledger.check(tmp_path / "lines.parquet", kind="order_lines")
    assert [one.column for one in check.rejections] == ["ordered_on"]
