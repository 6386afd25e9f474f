"""Files as people have them: encodings, delimiters, title rows, totals, merged cells, damage."""

from __future__ import annotations

import datetime as dt
import io
import struct

import polars as pl
import pytest
import xlsxwriter
from messy_files import TODAY, csv_file, days, money, notices, read, xlsx_file

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader

ORDERS = "订单号,客户名称,下单日期,金额\nS1,上海明达,2025/1/3,100\nS2,北京华联,2025/1/4,200.5\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_encodings(tmp_path, encoding, found) -> None:
    path = csv_file(tmp_path, ORDERS, encoding)
    assert open_reader(path).preview.encoding == found
    rows, rejections = read(path)
    assert rejections == []
    assert rows["customer_name"].to_list() == ["上海明达", "北京华联"]
    assert rows["order_id"].to_list() == ["S1", "S2"]
    assert rows["_line"].to_list() == [2, 3]


def test_chinese_deep_in_an_english_file(tmp_path) -> None:
    text = "customer,order date,amount\n" + "Acme,2025-01-03,1\n" * 30_000 + "明达,2025-01-03,1\n"
    rows, _ = read(csv_file(tmp_path, text, "gb18030"))
    assert rows["customer_name"][-1] == "明达"


def test_western_accents_are_not_read_as_chinese(tmp_path) -> None:
    path = csv_file(
        tmp_path, "customer name;order date;amount\nCafé Vienne;03/01/2025;1,5\n", "cp1252"
    )
    assert read(path)[0]["customer_name"].to_list() == ["Café Vienne"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path, delimiter) -> None:
    path = csv_file(tmp_path, ORDERS.replace(",", delimiter))
    assert open_reader(path).preview.delimiter == delimiter
    assert money(read(path)[0]) == ["100.00", "200.50"]


def test_quoted_newlines_keep_physical_line_numbers(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "客户名称,下单日期,金额,备注\n"
        '明达,2025-01-03,1,"一\n二\n三"\n\n华联,soon,2,\n华润,2025-01-04,3,"a, b"\n',
    )
    rows, [rejection] = read(path)
    assert rows["_line"].to_list() == [2, 7]
    assert rows["note"].to_list() == ["一\n二\n三", "a, b"]
    assert (rejection.line, rejection.code) == (6, "bad-date")


def test_ragged_rows_are_rejected_and_the_rest_lands(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "客户名称,下单日期,金额\nA,2025-01-03,1\nB,2025-01-03\nC,2025-01-03,1,234\nD,2025-01-03,4,,\n",
    )
    rows, rejections = read(path)
    assert rows["customer_name"].to_list() == ["A", "D"]
    assert [(r.line, r.code, r.data["found"], r.data["expected"]) for r in rejections] == [
        (3, "ragged-row", 2, 3),
        (4, "ragged-row", 4, 3),
    ]
    assert rejections[0].row == {"客户名称": "B", "下单日期": "2025-01-03", "金额": None}


def test_title_rows_above_and_totals_below(tmp_path) -> None:
    path = xlsx_file(
        tmp_path,
        (
            "销售",
            [
                ["2025年1月销售明细表"],
                ["制表人：王芳", "", "", "单位：元"],
                [],
                ["序号", "客户名称", "销售日期", "销售金额（元）"],
                [1, "上海明达", dt.date(2025, 1, 3), 100.25],
                [2, "北京华联", dt.date(2025, 1, 4), 200],
                ["小计", "", "", 300.25],
                [3, "华润", dt.date(2025, 1, 5), "(12.50)"],
                ["合  计", "", "", 287.75],
            ],
        ),
    )
    preview = open_reader(path).preview
    assert (preview.header_row, preview.sheet, preview.kind) == (4, "销售", "orders")
    rows, rejections = read(path)
    assert rejections == []
    assert rows["customer_name"].to_list() == ["上海明达", "北京华联", "华润"]
    assert rows["_line"].to_list() == [5, 6, 8]
    assert money(rows) == ["100.25", "200.00", "-12.50"]
    assert notices(path) == ["total-row-skipped"] * 2


def test_a_total_row_is_no_customer(tmp_path) -> None:
    path = csv_file(
        tmp_path, "客户名称,城市,信用额度,电话\n明达,上海,1万,1\nTotal,巴黎,5,2\n总计,,10005,\n"
    )
    rows, _ = read(path, "customers")
    assert rows["name"].to_list() == ["明达", "Total"]
    assert money(rows, "credit_limit") == ["10000.00", "5.00"]


def test_headings_over_two_merged_rows(tmp_path) -> None:
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:B1", "客户")
        sheet.merge_range("C1:D1", "销售")
        sheet.merge_range("E1:E2", "备注")
        sheet.write_row("A2", ["编号", "名称", "日期", "金额"])
        sheet.merge_range("A3:A4", "C1")
        sheet.merge_range("B3:B4", "明达")
        sheet.write_row("C3", ["2025-01-03", 10, "x"])
        sheet.write_row("C4", ["2025-01-04", 20, "y"])
    preview = open_reader(path, "orders").preview
    assert preview.headings == ["客户编号", "客户名称", "销售日期", "销售金额", "备注"]
    rows, rejections = read(path, "orders")
    assert rejections == []
    assert rows["customer_id"].to_list() == ["C1", "C1"]
    assert rows["customer_name"].to_list() == ["明达", "明达"]
    assert money(rows) == ["10.00", "20.00"]
    assert days(rows) == ["2025-01-03", "2025-01-04"]


def test_merged_money_is_counted_once(tmp_path) -> None:
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["客户名称", "日期", "金额"])
        sheet.write_row("A2", ["明达", "2025-01-03"])
        sheet.write_row("A3", ["明达", "2025-01-04"])
        sheet.merge_range("C2:C3", 30)
    rows, [rejection] = read(path, "orders")
    assert money(rows) == ["30.00"]
    assert (rejection.line, rejection.code) == (3, "value-missing")


def test_serial_dates_and_real_dates_in_one_column(tmp_path) -> None:
    path = xlsx_file(
        tmp_path,
        ("s", [["客户编号", "日期", "金额"], [1001, 45660, 1], ["0012", dt.date(2025, 1, 4), 2]]),
    )
    rows, _ = read(path, "orders")
    assert days(rows) == ["2025-01-03", "2025-01-04"]
    assert rows["customer_id"].to_list() == ["1001", "0012"]


def test_the_sheet_with_the_best_headings_is_chosen(tmp_path) -> None:
    path = xlsx_file(
        tmp_path,
        ("封面", [["客户"], ["说明文字"]]),
        ("数据", [["客户名称", "下单日期", "金额"], ["明达", "2025-01-03", 1]]),
        ("旧", [["客户名称", "下单日期"], ["明达", "2024-01-03"]]),
    )
    preview = open_reader(path).preview
    assert (preview.sheet, preview.sheets) == ("数据", ["封面", "数据", "旧"])
    assert open_reader(path, sheet="旧").preview.missing == ["amount"]
    with pytest.raises(ReadingError) as caught:
        open_reader(path, sheet="新")
    assert (caught.value.code, caught.value.data["known"]) == (
        "unknown-sheet",
        ["封面", "数据", "旧"],
    )


def test_duplicate_headings_are_told_apart(tmp_path) -> None:
    path = csv_file(tmp_path, "客户名称,金额,日期,金额\n明达,1,2025-01-03,2\n")
    preview = open_reader(path).preview
    assert preview.headings == ["客户名称", "金额", "日期", "金额 (2)"]
    assert preview.mapping == {"客户名称": "customer_name", "日期": "ordered_on"}
    assert preview.unclear == {"amount": ["金额", "金额 (2)"]}  # other money: a person chooses
    chosen = open_reader(path, mapping={"金额 (2)": None}).preview
    assert (chosen.mapping["金额"], chosen.question) == ("amount", None)
    assert chosen.unmapped == ["金额 (2)"]


def test_only_headings_give_no_rows(tmp_path) -> None:
    rows, rejections = read(csv_file(tmp_path, "客户名称,日期,金额\n"))
    assert (rows.height, rejections) == (0, [])


def test_a_stray_quote_among_the_headings_is_named(tmp_path) -> None:
    with pytest.raises(ReadingError) as caught:
        read(csv_file(tmp_path, '客户名称,日期,"金\n明达,2025-01-03,x'), "orders")
    assert (caught.value.code, caught.value.data["line"]) == ("stray-quote", 1)


def test_a_headings_row_alone_in_a_workbook(tmp_path) -> None:
    path = xlsx_file(tmp_path, ("s", [["客户名称", "日期", "金额"]]))
    assert read(path)[0].height == 0
    assert "no-rows" in notices(path)
    assert "no-rows" in notices(csv_file(tmp_path, "客户名称,日期,金额\n"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"\n \n", "empty-file"),
        (bytes(range(256)) * 20, "not-a-table"),
        (struct.pack("<600H", *range(600)), "not-a-table"),
        (b"PK\x03\x04 truncated", "broken-workbook"),
        (b"PAR1 truncated", "broken-parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "broken-workbook"),
        ("<html><table><tr><td>客户</td></tr></table></html>".encode(), "web-page"),
        (b"%PDF-1.7 ...", "web-page"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n--b\r\n", "web-page"),
        (b"From: <Saved by Blink>\r\nSubject: x\r\nMIME-Version: 1.0\r\n", "web-page"),
        (b"{\\rtf1\\ansi a, b}", "not-this-format"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "not-this-format"),
        (b"\x1f\x8b\x08" + bytes(99), "not-this-format"),
        (b'[{"customer": "A", "amount": 1}]', "not-this-format"),
    ],
)
def test_what_cannot_be_read_says_so(tmp_path, content, code) -> None:
    path = tmp_path / "orders.xlsx"
    path.write_bytes(content)
    with pytest.raises(ReadingError) as caught:
        list(open_reader(path).chunks())
    assert caught.value.code == code
    assert caught.value.data["name"] == "orders.xlsx"


def test_a_table_that_begins_like_a_document(tmp_path) -> None:
    for title in ("From: 2025-01-01", "PK report", "[2025]"):
        assert read(csv_file(tmp_path, f"{title},,,\n{ORDERS}"))[0].height == 2


def test_a_missing_file(tmp_path) -> None:
    with pytest.raises(ReadingError) as caught:
        open_reader(tmp_path / "none.csv")
    assert caught.value.code == "file-missing"


def test_the_content_counts_not_the_extension(tmp_path) -> None:
    text = csv_file(tmp_path, ORDERS.replace(",", "\t"), "gb18030", name="export.xls")
    assert open_reader(text).preview.format == "csv"
    book = xlsx_file(tmp_path, ("s", [["客户名称", "日期", "金额"], ["明达", "2025-01-03", 1]]))
    renamed = book.rename(tmp_path / "orders.csv")
    assert open_reader(renamed).preview.format == "xlsx"
    assert read(renamed)[0].height == 1


def test_a_damaged_workbook(tmp_path) -> None:
    book = xlsx_file(tmp_path, ("s", [["客户名称", "日期", "金额"], ["明达", "2025-01-03", 1]]))
    book.write_bytes(book.read_bytes()[:-400])
    with pytest.raises(ReadingError) as caught:
        open_reader(book)
    assert caught.value.code == "broken-workbook"


def test_an_unclosed_quote_does_not_swallow_the_file_silently(tmp_path) -> None:
    body = "".join(f"C{n},2025-01-03,{n}\n" for n in range(20_000))
    path = csv_file(tmp_path, f'客户编号,日期,金额\n"C0,2025-01-03,1\n{body}')
    rows, [rejection] = read(path)
    assert (rejection.code, rejection.line, rows.height) == ("stray-quote", 2, 20_000)


def test_file_objects_of_any_sort(tmp_path) -> None:
    assert read(io.BytesIO(ORDERS.encode("gb18030")))[0].height == 2
    assert read(io.StringIO(ORDERS))[0].height == 2
    path = csv_file(tmp_path, ORDERS)
    with path.open("rb") as file:
        file.read(10)
        assert read(file)[0].height == 2


def test_progress_ends_at_the_total(tmp_path) -> None:
    path = csv_file(tmp_path, "客户编号,日期,金额\n" + "C1,2025-01-03,1\n" * 300_000)
    seen = [(chunk.done, chunk.total) for chunk in open_reader(path, today=TODAY).chunks()]
    assert len(seen) > 1
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
    assert 0 < seen[0][0] < seen[1][0]


def test_parquet_streams_typed_columns(tmp_path) -> None:
    path = tmp_path / "orders.parquet"
    pl.DataFrame(
        {
            "customer_id": [1, 2],
            "order_date": [dt.datetime.fromisoformat(f"2025-01-0{day}T09:00") for day in (3, 4)],
            "amount": [1.005, 2.5],
        }
    ).write_parquet(path)
    rows, _ = read(path)
    assert rows["customer_id"].to_list() == ["1", "2"]
    assert days(rows) == ["2025-01-03", "2025-01-04"]
    assert money(rows) == ["1.01", "2.50"]
    assert open_reader(path).preview.format == "parquet"


def test_a_workbook_with_a_password(tmp_path) -> None:
    path = tmp_path / "locked.xlsx"
    entries = "".join("Root Entry\0EncryptionInfo\0EncryptedPackage\0").encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1016 + entries)
    with pytest.raises(ReadingError) as caught:
        open_reader(path)
    assert caught.value.code == "locked"
