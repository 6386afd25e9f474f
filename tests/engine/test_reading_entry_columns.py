"""Money of sales, returns and payments in columns of one table, and of the sides of an account."""

from __future__ import annotations

import pytest
from messy_files import csv_file, money, notices, read

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader

R12 = (
    "客户,摘要,日期,销售,退货,收款",
    "明达,销售,2025-03-01,500,,",
    "明达,退货,2025-03-05,,50,",
    "明达,收款,2025-03-09,,,450",
)


@pytest.mark.parametrize(
    ("lines", "amounts", "types"),
    [
        (R12, ["500.00", "-50.00", "450.00"], ["销售", None, "收款"]),
        (
            ("Customer,Date,Charges,Payments,Balance", "A,2025-03-01,9,,9", "A,2025-03-02,,4,5"),
            ["9.00", "4.00"],
            ["Sale", "Payment received"],
        ),
        (
            ("客户,日期,销售额,退货额", "甲,2025-03-01,9,0", "甲,2025-03-02,0,4"),
            ["9.00", "-4.00"],
            ["销售", None],
        ),
        (
            ("日期,客户,收入,支出,余额", "2025-03-01,甲,9,,9", "2025-03-02,甲,,4,5"),
            ["9.00", "-4.00"],
            ["销售", None],
        ),
    ],
)
def test_each_row_counts_as_what_it_has_money_under(tmp_path, lines, amounts, types) -> None:
    path = csv_file(tmp_path, "\n".join(lines))
    rows, rejections = read(path)
    assert (money(rows), rows["status"].to_list(), rejections) == (amounts, types, [])
    assert "entries-in-columns" in notices(path)


@pytest.mark.parametrize(
    ("text", "kind", "amounts", "told"),
    [
        (
            "客户,日期,销售额,退货额,收款额\n甲,2025-03-01,1000,100,900\n乙,2025-03-02,500,,500",
            "orders",
            ["900.00", "500.00"],
            ("other-money-beside", "收款额", 2, "1,400.00"),
        ),
        (
            "\n".join(R12),
            "payments",
            ["450.00"],
            ("rows-of-other-money-left", "销售", 1, "500.00"),
        ),
    ],
)
def test_other_money_is_told_with_its_sum(tmp_path, text, kind, amounts, told) -> None:
    reader = open_reader(csv_file(tmp_path, text), kind)
    chunks = list(reader.chunks())
    assert money(chunks[0].rows) == amounts
    seen = [
        (one.code, one.data["heading"], one.data["count"], one.data["money"])
        for one in chunks[0].notices
        if "other-money" in one.code
    ]
    assert told in seen


def test_the_sides_of_an_account_are_asked_about(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "Date,Account,Debit,Credit,Customer\n2025-03-01,Receivable,120,,Acme\n"
        "2025-03-01,Sales,,100,Acme\n2025-03-01,VAT,,20,Acme\n",
    )
    with pytest.raises(ReadingError) as refused:
        read(path)
    assert refused.value.data["candidates"] == ["Debit", "Credit"]
    chunk = next(open_reader(path, mapping={"Debit": "amount"}).chunks())
    assert (money(chunk.rows), chunk.rejections) == (["120.00"], [])
    [left] = [one for one in chunk.notices if one.code == "rows-of-other-money-left"]
    assert (left.data["count"], left.data["money"]) == (2, "120.00")


def test_a_remark_beside_the_type_of_a_return_does_not_void_it(tmp_path) -> None:
    head = "客户,日期,类型,金额,备注\n甲,2025-03-01,销售,500,\n甲,2025-03-05,退货,50,退货\n"
    rows, _ = read(csv_file(tmp_path, head))
    assert (money(rows), rows["status"].to_list()) == (["500.00", "-50.00"], ["销售", None])
