"""Which sheets of a workbook are read, and what cells say beyond their value."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from tests.engine.messy_files import TODAY, days, money, read, xlsx_file

import kefen
from kefen.errors import ReadingError
from kefen.ledger.reading import Notice, Reader, open_reader
from kefen.wording import sentence

if TYPE_CHECKING:
    from pathlib import Path

HEADINGS = ["订单号", "客户名称", "下单日期", "金额"]


def told(source: Any, **options: Any) -> dict[str, Notice]:
    reader = open_reader(source, today=TODAY, **options)
    return {notice.code: notice for chunk in reader.chunks() for notice in chunk.notices}


def book_of(path: Path, sheets: dict[str, list[list[Any]]], hidden: str = "") -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name == hidden:
                sheet.hide()
            elif hidden:
                sheet.activate()
                sheet.set_first_sheet()
    return path


def changed(path: Path, part: str, old: str, new: str) -> Path:
    """The workbook with one text of a part's XML replaced."""
    before = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(before) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            target.writestr(name, content)
    return path


def test_sheets_with_the_same_headings_are_read_together(tmp_path: Path) -> None:
    reordered = ["金额", "订单号", "客户名称", "下单日期"]
    path = book_of(
        tmp_path / "year.xlsx",
        {
            "1月": [HEADINGS, ["S1", "明达", "2025-01-03", 10], ["S2", "华联", "2025-01-04", 20]],
            "2月": [["二月销售"], reordered, [30, "S3", "明达", "2025-02-03"]],
            "3月": [HEADINGS, ["S4", "永昌", "no date", 40]],
            "说明": [["谁填写"], ["小王"]],
        },
    )
    rows, rejections = read(path, "orders")
    assert money(rows) == ["10.00", "20.00", "30.00"]
    assert days(rows) == ["2025-01-03", "2025-01-04", "2025-02-03"]
    assert [(r.code, r.place, r.data["sheet"], r.data["line"]) for r in rejections] == [
        ("bad-date", "3月!2", "3月", 2)
    ]
    assert sentence("bad-date", rejections[0].data).startswith("Sheet 3月: Line 2: ")
    assert sentence("bad-date", rejections[0].data, "zh").startswith("工作表“3月”第 2 行")
    notices = told(path, kind="orders")
    assert notices["sheets-together"].data["sheets"] == ["1月", "2月", "3月"]


def test_one_sheet_that_landed_is_not_all_of_its_book(tmp_path: Path) -> None:
    one, two = ["S1", "明达", "2025-01-03", 10], ["S2", "华联", "2025-02-04", 20]
    path = book_of(tmp_path / "year.xlsx", {"1月": [HEADINGS, one], "2月": [HEADINGS, two]})
    ledger = kefen.open(tmp_path / "data")
    assert ledger.load(path, "orders", sheet="1月").added == 1
    whole = ledger.load(path, "orders")
    assert (whole.already, whole.added, whole.unchanged) == (False, 1, 1)
    assert ledger.load(path, "orders").already


def test_rows_refused_by_the_ledger_name_their_sheet(tmp_path: Path) -> None:
    rows = [HEADINGS, ["S1", "明达", "2025-01-03", "x"]]
    path = book_of(tmp_path / "b.xlsx", {"1月": rows, "2月": rows})
    check = kefen.Ledger(tmp_path / "data").check(path, "orders")
    assert [entry.place for entry in check.rejections] == ["1月!2", "2月!2"]
    assert [entry.line for entry in check.rejections] == [2, 4]


def test_a_named_sheet_is_read_alone(tmp_path: Path) -> None:
    rows = [HEADINGS, ["S1", "明达", "2025-01-03", 10]]
    path = book_of(tmp_path / "b.xlsx", {"1月": rows, "2月": rows})
    assert len(read(path, "orders", sheet="2月")[0]) == 1
    assert "sheets-together" not in told(path, sheet="2月")


def test_other_tables_are_named_as_left(tmp_path: Path) -> None:
    customers = [["客户编号", "客户名称"], ["C1", "明达"]]
    orders = [HEADINGS, ["S1", "明达", "2025-01-03", 10]]
    path = book_of(tmp_path / "b.xlsx", {"客户": customers, "订单": orders})
    said = told(path)["sheets-left"].data
    assert said == {"sheets": ["客户"], "taken": ["订单"], "shown": ["客户"]}


def test_a_sheet_left_aside_is_told_with_its_money(tmp_path: Path) -> None:
    wide = [[*HEADINGS, "备注"], ["S2", "明达", "2025-02-03", 70, "x"]]
    path = book_of(
        tmp_path / "b.xlsx", {"1月": [HEADINGS, ["S1", "明达", "2025-01-03", 10]], "2月": wide}
    )
    assert told(path)["sheets-left"].data["shown"] == ["1月 (10.00)"]


@pytest.mark.parametrize("name", ["数据 (旧)", "订单备份", "Orders OLD", "Copy of orders"])
def test_a_sheet_called_old_gives_way(tmp_path: Path, name: str) -> None:
    old = [[*HEADINGS, "客户编号"], ["S1", "明达", "2024-01-03", 1, "C1"]]
    path = book_of(tmp_path / "b.xlsx", {name: old, "订单": [HEADINGS, *[old[1][:4]] * 2]})
    assert len(read(path, "orders")[0]) == 2
    assert told(path)["sheets-left"].data["sheets"] == [name]


def test_a_hidden_sheet_gives_way_to_a_visible_one(tmp_path: Path) -> None:
    old = [[*HEADINGS, "客户编号"], ["S9", "明达", "2024-01-03", 1, "C1"]]
    new = [HEADINGS, ["S1", "华联", "2025-01-03", 10]]
    path = book_of(tmp_path / "b.xlsx", {"数据": new, "去年": old}, hidden="去年")
    assert money(read(path, "orders")[0]) == ["10.00"]
    assert told(path)["hidden-sheets-left"].data["sheets"] == ["去年"]


def test_hidden_rows_are_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("订单")
        sheet.write_row(0, 0, HEADINGS)
        for line in (1, 2, 3):
            sheet.write_row(line, 0, [f"S{line}", "明达", "2025-01-03", line])
        sheet.set_row(2, None, None, {"hidden": True})
    assert len(read(path, "orders")[0]) == 3
    assert told(path)["hidden-rows-taken"].data == {"sheet": "订单", "count": 1, "first": 3}


def test_percent_and_leading_zeros_are_read_as_shown(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["客户编号", "客户名称", "城市", "区域"])
        sheet.write_number(1, 0, 12, book.add_format({"num_format": "00000"}))
        sheet.write_number(1, 1, 7, book.add_format({"num_format": '"KH"0000'}))
        sheet.write_number(1, 2, 0.125, book.add_format({"num_format": "0.0%"}))
        sheet.write_number(1, 3, 1234, book.add_format({"num_format": "#,##0"}))
    row = read(path, "customers")[0].row(0, named=True)
    assert (row["customer_id"], row["name"], row["city"], row["region"]) == (
        "00012",
        "KH0007",
        "12.5%",
        "1234",
    )


def test_a_formula_without_a_value_is_rejected_as_that(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "b.xlsx",
        {"订单": [HEADINGS, ["S1", "明达", "2025-01-03", 1], ["S2", "华联", "2025-01-03", 2]]},
    )
    part = "xl/worksheets/sheet1.xml"
    changed(path, part, '<c r="D2"><v>1</v></c>', '<c r="D2"><f>1+1</f></c>')
    rows, rejections = read(path, "orders")
    assert money(rows) == ["2.00"]
    assert [(r.line, r.column, r.code) for r in rejections] == [
        (2, "amount", "formula-not-calculated")
    ]


def test_a_formula_with_an_empty_text_is_blank(tmp_path: Path) -> None:
    headings = [*HEADINGS, "备注"]
    path = book_of(tmp_path / "b.xlsx", {"订单": [headings, ["S1", "明达", "2025-01-03", 1, 9]]})
    part = "xl/worksheets/sheet1.xml"
    cell = '<c r="E2" t="str"><f>IF(D2>5,"x","")</f><v></v></c>'.replace("D2>5", "D2&gt;5")
    changed(path, part, '<c r="E2"><v>9</v></c>', cell)
    rows, rejections = read(path, "orders")
    assert (rows["note"].to_list(), rejections) == ([None], [])


def test_numbers_that_lost_digits_identify_nobody(tmp_path: Path) -> None:
    headings = ["客户编号", "下单日期", "金额"]
    rows_ = [[202501030000000001, "2025-01-03", 1], ["C2", "2025-01-03", 2]]
    path = xlsx_file(tmp_path, ("订单", [headings, *rows_]))
    rows, rejections = read(path, "orders")
    assert money(rows) == ["2.00"]
    assert [(r.line, r.code) for r in rejections] == [(2, "digits-lost")]


def test_an_unknown_sheet_is_refused(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ("订单", [HEADINGS]))
    with pytest.raises(ReadingError) as caught:
        open_reader(path, sheet="Orders")
    assert (caught.value.code, caught.value.data["known"]) == ("unknown-sheet", ["订单"])


def test_sheet_names_are_told_in_the_preview(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ("订单", [HEADINGS, ["S1", "明达", "2025-01-03", 1]]))
    reader: Reader = open_reader(path)
    assert (reader.preview.sheets, reader.preview.sheet) == (["订单"], "订单")


def test_rows_that_are_struck_through_are_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(path) as book:
        struck = book.add_format({"font_strikeout": True})
        sheet = book.add_worksheet("订单")
        sheet.write_row(0, 0, HEADINGS, struck)
        for line in (1, 2, 3):
            style = struck if line == 3 else None
            sheet.write_row(line, 0, [f"S{line}", "明达", "2025-01-03", line], style)
        sheet.write_blank(2, 5, None, struck)
    assert len(read(path, "orders")[0]) == 3
    assert told(path)["struck-rows-taken"].data == {"sheet": "订单", "count": 1, "first": 4}


def test_each_sheet_is_read_by_its_own_title(tmp_path) -> None:
    """Days without a year, the customer and the unit are those of the sheet's title."""

    def book(head: list[str], *blocks: tuple[str, list[list[Any]]]) -> Path:
        sheets = {f"S{n}": [[title], head, *rows] for n, (title, rows) in enumerate(blocks)}
        return book_of(tmp_path / "book.xlsx", sheets)

    january = ("2025年1月销售流水", [["甲", 3, 100], ["乙", 5, 10]])
    february = ("2025年2月销售流水", [["甲", 4, 50], ["乙", 6, 20]])
    rows, rejected = read(book(["客户", "日", "金额"], january, february), "orders")
    assert rejected == []
    assert days(rows) == ["2025-01-03", "2025-01-05", "2025-02-04", "2025-02-06"]

    years = (("2024年销售", [["甲", "3月1日", 100]]), ("2025年销售", [["甲", "3月1日", 50]]))
    path = book(["客户", "日期", "金额"], *years)
    assert days(read(path, "orders")[0]) == ["2024-03-01", "2025-03-01"]
    assert told(path)["year-from-title"].data["year"] == "2024, 2025"

    lines = [["2025-01-03", "A", 100], ["2025-01-04", "B", 10]]
    head = ["日期", "商品", "金额"]
    path = book(head, ("客户：甲公司", lines), ("客户：乙公司", lines[:1]))
    assert read(path, "orders")[0]["customer_name"].to_list() == ["甲公司", "甲公司", "乙公司"]
    rows, rejected = read(book(head, ("客户：甲公司", lines), ("", lines[:1])), "orders")
    assert rows["customer_name"].to_list() == ["甲公司", "甲公司"]
    assert [one.code for one in rejected] == ["customer-missing"]

    sold = [["甲", "2025-01-03", 1.5]]
    head = ["客户", "日期", "金额"]
    for titles in (("单位：万元", "单位：元"), ("Sales in USD", "Sales in CNY")):
        with pytest.raises(ReadingError) as caught:
            read(book(head, *((title, sold) for title in titles)), "orders")
        assert caught.value.code == "sheets-of-other-units"
    assert money(read(book(head, ("单位：元", sold), ("", sold)), "orders")[0]) == ["1.50"] * 2


def test_what_stands_against_the_first_block_or_sheet_is_told(tmp_path) -> None:
    """Blocks of another unit are refused; dates that are none in the order of the others, told."""
    head = ["客户", "日期", "金额"]
    rows = [["一季度 单位：万元"], head, ["甲", "2025-01-03", 1.5], ["乙", "2025-01-04", 2.5], []]
    more = [["二季度 单位：元"], head, ["甲", "2025-04-03", 15000]]
    with pytest.raises(ReadingError) as caught:
        read(book_of(tmp_path / "blocks.xlsx", {"S": [*rows, *more]}), "orders")
    assert (caught.value.code, caught.value.data["line"]) == ("blocks-of-other-units", 6)

    days_first = [head, ["甲", "25/03/2025", 1], ["乙", "26/03/2025", 2]]
    months_first = [head, ["丙", "03/25/2025", 3], ["丁", "04/05/2025", 4]]
    path = book_of(tmp_path / "orders.xlsx", {"UK": days_first, "US": months_first})
    found = told(path)["dates-of-other-order"].data
    assert (found["count"], found["value"], found["sheet"]) == (1, "03/25/2025", "US")


def test_blocks_of_other_headings_are_refused_and_copies_of_a_sheet_left(tmp_path) -> None:
    head, turned = ["客户", "日期", "金额", "成本"], ["客户", "日期", "成本", "金额"]
    rows = [["甲", "2025-01-03", 100, 60], ["乙", "2025-01-04", 200, 90]]
    with pytest.raises(ReadingError) as caught:
        read(book_of(tmp_path / "blocks.xlsx", {"S": [head, *rows, turned, *rows]}), "orders")
    assert (caught.value.code, caught.value.data["line"]) == ("blocks-of-other-headings", 4)
    again = ["客户名称", "日期", "金额（元）", "成本"]
    found, rejected = read(book_of(tmp_path / "again.xlsx", {"S": [head, *rows, again, *rows]}))
    assert (len(found), [one.line for one in rejected]) == (4, [4])

    path = book_of(tmp_path / "copies.xlsx", {"订单": [head, *rows], "订单 (2)": [head, *rows]})
    assert money(read(path, "orders")[0]) == ["100.00", "200.00"]
    assert told(path)["sheets-repeated"].data == {"sheets": ["订单 (2)"], "taken": ["订单"]}
