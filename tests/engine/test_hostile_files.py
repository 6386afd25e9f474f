"""Files that make their readers abort, stall or ask for half a terabyte are refused."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from tests.engine.messy_files import TODAY, days, money, read, xlsx_file
from tests.engine.test_sheets import HEADINGS, changed

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader
from kefen.wording import describe

ORDERS = ("订单", [HEADINGS, ["S1", "明达", "2025-01-03", 10], ["S2", "华联", "2025-01-04", 20]])
SHEET = "xl/worksheets/sheet1.xml"
ROOT = Path(__file__).parents[2]


def refusal(path: Path) -> ReadingError:
    """The error; it can be said in both languages and names the file."""
    with pytest.raises(ReadingError) as caught:
        list(open_reader(path, today=TODAY).chunks())
    for lang in ("en", "zh"):
        assert path.name in describe(caught.value, lang)
    return caught.value


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZZZ3", "A999999999", "C1048576"])
def test_a_cell_far_from_the_table_is_left_out_and_told(tmp_path: Path, cell: str) -> None:
    path = xlsx_file(tmp_path, ORDERS)
    stray = f'<row r="1048576"><c r="{cell}"><v>7</v></c></row></sheetData>'
    changed(path, SHEET, "</sheetData>", stray)
    chunks = list(open_reader(path, today=TODAY).chunks())
    assert [money(chunk.rows) for chunk in chunks] == [["10.00", "20.00"]]
    far = [notice for notice in chunks[0].notices if notice.code == "far-cells-left"]
    # C1048576 makes no large rectangle: it is a row like others, and not a good one.
    assert bool(far) == (cell != "C1048576")
    assert bool(chunks[0].rejections) == (cell == "C1048576")
    if far:
        assert far[0].data == {"sheet": "订单", "count": 1, "cells": [cell]}


def test_a_cell_far_to_the_right_in_a_short_sheet_is_left_out_and_told(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ORDERS)
    stray = '<row r="4"><c r="XFD4"><v>7</v></c></row></sheetData>'
    changed(path, SHEET, "</sheetData>", stray)
    chunks = list(open_reader(path, today=TODAY).chunks())
    assert [money(chunk.rows) for chunk in chunks] == [["10.00", "20.00"]]
    assert not chunks[0].rejections
    far = [notice for notice in chunks[0].notices if notice.code == "far-cells-left"]
    assert far[0].data == {"sheet": "订单", "count": 1, "cells": ["XFD4"]}


def test_sixteen_thousand_columns_are_read(tmp_path: Path) -> None:
    further = [f"字段{number}" for number in range(16_000)]
    path = tmp_path / "宽.csv"
    rows = [[*HEADINGS, *further], ["S1", "明达", "2025-01-03", "10", *["x"] * 16_000]]
    path.write_text("\n".join(map(",".join, rows)), encoding="utf-8")
    (chunk,) = open_reader(path, today=TODAY).chunks()
    assert money(chunk.rows) == ["10.00"]


def test_many_cells_far_apart_are_refused_with_the_extent(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ORDERS)
    far = "".join(
        f'<row r="{row}"><c r="XFD{row}"><v>7</v></c></row>' for row in range(2_000, 400_000, 2_000)
    )
    changed(path, SHEET, "</sheetData>", f"{far}</sheetData>")
    error = refusal(path)
    assert (error.code, error.data["extent"]) == ("sheet-too-wide", "XFD398000")


def test_an_endless_cell_is_named(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ORDERS)
    endless = '<row r="9"><c r="B9" t="inlineStr"><is><t>' + "A" * (6 << 20) + "</t></is></c></row>"
    changed(path, SHEET, "</sheetData>", f"{endless}</sheetData>")
    error = refusal(path)
    assert (error.code, error.data["cell"]) == ("cell-too-long", "B9")


def test_an_endless_shared_text_is_refused(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ORDERS)
    text = "<si><t>" + "A" * (6 << 20) + "</t></si></sst>"
    changed(path, "xl/sharedStrings.xml", "</sst>", text)
    assert refusal(path).code == "text-too-long"


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ORDERS)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet9.xml", "w") as entry,
    ):
        for _ in range(300):
            entry.write(b" " * (1 << 20))
    assert refusal(path).code == "file-too-large-to-read"


def test_more_memory_than_the_bound_is_refused(tmp_path: Path) -> None:
    """ODS: a thousand columns in each of twenty thousand rows, written in a few bytes."""
    path = tmp_path / "orders.ods"
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    cell = (
        '<table:table-cell table:number-columns-repeated="1000" office:value-type="string">'
        f"<text:p>{'x' * 400}</text:p></table:table-cell>"
    )
    content = (
        f"<office:document-content{spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="a"><table:table-row table:number-rows-repeated="20000">{cell}'
        "</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    assert refusal(path).code == "file-too-large-to-read"


def test_an_archive_of_another_age_is_refused(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, ORDERS)
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 6] = 255  # unpacking needs ZIP 25.5
    path.write_bytes(content)
    assert refusal(path).code == "broken-workbook"


def test_a_time_beyond_all_times_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("订单")
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, ["S1", "明达", "2025-01-03"])
        sheet.write_number(1, 3, 9e99, book.add_format({"num_format": "[h]:mm"}))
    error = refusal(path)
    assert (error.code, error.data["sheet"], error.data["line"]) == ("bad-cell", "订单", 2)


def orders_table(**columns: pa.Array) -> pa.Table:
    given = {
        "客户编号": pa.array(["C1", "C2"]),
        "下单日期": pa.array([dt.date(2025, 1, 3), dt.date(2025, 1, 4)]),
        "金额": pa.array([1.5, 2.5]),
    }
    return pa.table({**given, **columns})


def test_odd_types_of_parquet_are_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    wide = pa.array([Decimal("10.25"), Decimal("20.50")], pa.decimal256(60, 2))
    days_ = pa.array([dt.date(2025, 1, 3), dt.date(2025, 1, 4)], pa.date64())
    ids = pa.array([b"C1", b"C2"], pa.binary())
    pq.write_table(orders_table(金额=wide, 下单日期=days_, 客户编号=ids), path)
    rows, rejections = read(path, "orders")
    assert (money(rows), days(rows), rejections) == (
        ["10.25", "20.50"],
        ["2025-01-03", "2025-01-04"],
        [],
    )
    assert rows["customer_id"].to_list() == ["C1", "C2"]


def test_dates_of_parquet_beyond_the_calendar_are_rejected_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    days_ = pa.array([20_091, 2_932_897], pa.int32()).cast(pa.date32())  # 2025-01-03, 10000-01-01
    pq.write_table(orders_table(下单日期=days_), path)
    rows, rejections = read(path, "orders")
    assert days(rows) == ["2025-01-03"]
    assert [(r.line, r.code) for r in rejections] == [(2, "bad-date")]


def test_damaged_pages_of_parquet_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    pq.write_table(orders_table(), path, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    assert refusal(path).code == "broken-parquet"


def test_a_reader_that_dies_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = xlsx_file(tmp_path, ORDERS)
    monkeypatch.setattr("kefen.extraction.process.sys.executable", "/bin/false")
    assert refusal(path).code == "broken-workbook"


def test_an_upload_without_a_path_is_read_too(tmp_path: Path) -> None:
    content = io.BytesIO(xlsx_file(tmp_path, ORDERS).read_bytes())
    assert money(read(content, "orders")[0]) == ["10.00", "20.00"]


def test_damaged_files_give_rows_or_a_refusal() -> None:
    formats = ["csv", "xlsx", "xls", "xlsb", "ods", "parquet"]
    wanted = [word for format_ in formats for word in ("--format", format_)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fuzz", "--files", "40", "--together", *wanted],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    tallies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [tally["files"] for tally in tallies] == [40] * len(formats)
    assert {tally["format"]: tally["faults"] for tally in tallies if tally["faults"]} == {}
    assert max(tally["child_memory"] for tally in tallies) < 1_024
