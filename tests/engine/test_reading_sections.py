"""Sheets, blocks and columns that say what kind of money stands in a row."""

from __future__ import annotations

import pytest
from messy_files import csv_file, money, notices, read, xlsx_file

from kefen.ledger.reading import open_reader
from kefen.wording import sentence

HEAD = ["单号", "客户", "日期", "金额"]


def row(number: str, customer: str, amount: int, day: str = "2025-03-01") -> list[object]:
    return [number, customer, day, amount]


def told(path, code: str, **options) -> list[dict[str, object]]:
    """The data of the notices of a code; each has a sentence in both languages."""
    reader = open_reader(path, **options)
    found = [n for chunk in reader.chunks() for n in chunk.notices if n.code == code]
    for notice in found:
        for lang in ("zh", "en"):
            assert "{" not in sentence(notice.code, {"money": "", **notice.data}, lang)
    return [notice.data for notice in found]


@pytest.mark.parametrize("first", ["销售", "Sheet1"])
def test_a_sheet_of_returns_beside_sales_is_subtracted(tmp_path, first: str) -> None:
    back = ("退货", [HEAD, row("R1", "明达", 50)])
    sold = (first, [HEAD, row("A1", "明达", 100), row("A2", "永昌", 200)])
    for sheets in ((sold, back), (back, sold)):
        path = xlsx_file(tmp_path, *sheets, name="sales_returns.xlsx")
        reader = open_reader(path, None if first == "销售" else "orders")
        assert (reader.kind.name, reader.preview.sheet) == ("orders", first)
        rows, rejections = read(path, "orders")
        assert (money(rows), rejections) == (["100.00", "200.00", "-50.00"], [])
    assert told(path, "sheets-of-returns", kind="orders") == [{"sheets": ["退货"]}]
    # Read alone, it is a file of returns.
    assert open_reader(path, sheet="退货").kind.name == "returns"


def test_sheets_of_other_things_are_left_and_named_with_their_money(tmp_path) -> None:
    path = xlsx_file(
        tmp_path,
        ("汇总", [["客户", "日期", "金额"], ["明达", "2025-03-31", 300]]),
        ("1月", [["客户", "日期", "金额"], ["明达", "2025-01-05", 100]]),
        ("2月", [["日期", "客户名称", "金额"], ["2025-02-05", "明达", 200]]),
        ("收款", [["客户", "日期", "金额"], ["明达", "2025-02-06", 90], ["永昌", "2025-02-06", 1]]),
    )
    rows, _ = read(path)
    assert (money(rows), rows["customer_name"].to_list()) == (["100.00", "200.00"], ["明达"] * 2)
    taken = ["1月", "2月"]
    assert told(path, "sheet-of-another-kind") == [
        {"sheet": "汇总", "rows": 1, "money": "300.00", "taken": taken},
        {"sheet": "收款", "rows": 2, "money": "91.00", "taken": taken},
    ]


@pytest.mark.parametrize(
    "names", [("1月销售汇总", "2月销售汇总"), ("一店", "二店"), ("退货1", "退货2")]
)
def test_sheets_that_say_the_same_are_taken_together(tmp_path, names: tuple[str, str]) -> None:
    sheets = [(name, [HEAD, row(f"A{n}", "明达", 100)]) for n, name in enumerate(names)]
    rows, _ = read(xlsx_file(tmp_path, *sheets))
    assert len(rows) == 2


STACKED = (
    "销售明细,,\n客户,日期,金额\n明达,2025-03-01,100\n"
    "{title},,\n客户,日期,金额\n永昌,2025-03-05,50\n"
)


@pytest.mark.parametrize(
    ("title", "amounts"),
    [
        ("退货明细", ["100.00", "-50.00"]),
        ("收款明细", ["100.00"]),
        ("二店", ["100.00", "50.00"]),
    ],
)
def test_the_title_of_a_further_block_says_what_it_holds(tmp_path, title, amounts) -> None:
    path = csv_file(tmp_path, STACKED.format(title=title))
    rows, rejections = read(path)
    assert (money(rows), rejections) == (amounts, [])
    assert [data["line"] for data in told(path, "title-row-skipped")] == [4]
    left = [(data["line"], data["money"]) for data in told(path, "section-row-left")]
    assert left == ([(6, "50.00")] if title == "收款明细" else [])


def test_the_title_of_the_table_itself_may_come_again_on_each_page(tmp_path) -> None:
    page = "销售汇总表,,\n第{n}页,,\n客户,日期,金额\n明达,2025-03-0{n},100\n"
    path = csv_file(tmp_path, "".join(page.format(n=n) for n in (1, 2)).replace("第2页,,\n", ""))
    assert money(read(path)[0]) == ["100.00", "100.00"]


@pytest.mark.parametrize(
    ("text", "amounts", "code"),
    [
        (
            "客户,日期,方向,金额\n明达,2025-03-01,销售,100\n明达,2025-03-02,退货,30\n",
            ["100.00", "-30.00"],
            "returns-among-sales",
        ),
        (
            "客户,日期,收支,金额\n明达,2025-03-01,收,100\n明达,2025-03-02,支,30\n",
            ["100.00", "-30.00"],
            "returns-among-sales",
        ),
        (
            "客户,收款日期,收款金额,收款类型\n明达,2025-03-01,100,收款\n明达,2025-03-02,30,退款\n",
            ["100.00", "-30.00"],
            "refunds-among-payments",
        ),
        (
            "退货单号,客户,退货日期,退货金额\nT1,明达,2025-03-05,-100\nT2,明达,2025-03-06,50\n",
            ["100.00", "50.00"],
            "returns-of-both-signs",
        ),
    ],
)
def test_types_and_directions_give_the_sign(tmp_path, text, amounts, code) -> None:
    path = csv_file(tmp_path, text)
    rows, _ = read(path)
    assert money(rows) == amounts
    assert len(told(path, code)) == 1


def test_a_balance_on_the_debit_side_is_no_direction(tmp_path) -> None:
    path = csv_file(tmp_path, "客户,日期,方向,金额\n明达,2025-03-01,借,100\n")
    assert money(read(path)[0]) == ["100.00"]
    assert notices(path) == []
