"""What a person says about a file outweighs its evidence: encoding, delimiter, heading row."""

from __future__ import annotations

import pytest
from messy_files import csv_file, money, read, xlsx_file

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader
from kefen.wording import describe

ORDERS = "客户名称,下单日期,金额\n上海明达,2025-01-03,100\n北京华联,2025-01-04,200.5\n"


def refusal(source, **options) -> ReadingError:
    with pytest.raises(ReadingError) as caught:
        list(open_reader(source, "orders", **options).chunks())
    for lang in ("en", "zh"):
        assert "{" not in describe(caught.value, lang)
    return caught.value


@pytest.mark.parametrize(
    ("written", "named", "name"),
    [
        ("cp1251", "windows-1251", "ООО Ромашка"),
        ("koi8_r", "KOI8-R", "ООО Ромашка"),
        ("utf-16-le", "utf-16-le", "上海明达"),
        ("cp1254", "cp1254", "Şişli Ğazi"),
        ("cp037", "cp037", "Özel Ltd"),
    ],
)
def test_a_named_encoding_is_taken(tmp_path, written, named, name) -> None:
    path = csv_file(tmp_path, f"customer,date,amount\n{name},2025-01-03,1\n", written)
    rows, rejections = read(path, "orders", encoding=named)
    assert (rows["customer_name"].to_list(), rejections) == ([name], [])


@pytest.mark.parametrize("name", ["utf-9", "base64", "a\0b", "rot13", "x" * 3000])
def test_an_encoding_that_is_none_is_refused(tmp_path, name) -> None:
    assert refusal(csv_file(tmp_path, ORDERS), encoding=name).code == "unknown-encoding"


def test_an_encoding_that_does_not_fit_is_refused(tmp_path) -> None:
    path = csv_file(tmp_path, ORDERS, "gb18030")
    error = refusal(path, encoding="utf-8")
    assert (error.code, error.data["encoding"]) == ("wrong-encoding", "utf-8")


def test_a_named_delimiter_is_taken(tmp_path) -> None:
    path = csv_file(tmp_path, "customer~date~amount\nA, B; C~2025-01-03~1,234.50\n")
    rows, rejections = read(path, "orders", delimiter="~")
    assert (money(rows), rejections) == (["1234.50"], [])
    tabs = csv_file(tmp_path, ORDERS.replace(",", "\t"))
    for named in ("\t", "tab", r"\t"):
        assert open_reader(tabs, delimiter=named).preview.delimiter == "\t"


@pytest.mark.parametrize("delimiter", ["||", '"', "\n", "a", "0"])
def test_what_cannot_be_a_delimiter_is_refused(tmp_path, delimiter) -> None:
    assert refusal(csv_file(tmp_path, ORDERS), delimiter=delimiter).code == "bad-delimiter"


SECOND = [
    ["客户名称", "下单日期", "金额"],
    ["旧", "2024-01-03", "1"],
    *[["说明", "", ""]] * 60,
    ["客户名称", "下单日期", "金额", "备注"],
    ["明达", "2025-01-03", "7", "新"],
]


@pytest.mark.parametrize("book", [False, True])
def test_a_named_heading_row_is_taken(tmp_path, book) -> None:
    text = "".join(",".join(row) + "\n" for row in SECOND)
    path = xlsx_file(tmp_path, ("s", SECOND)) if book else csv_file(tmp_path, text)
    preview = open_reader(path, header_row=63).preview
    assert (preview.header_row, preview.headings[-1]) == (63, "备注")
    assert preview.sample[0]["客户名称"] == "明达"
    rows, rejections = read(path, "orders", header_row=63)
    assert (money(rows), rejections) == (["7.00"], [])


@pytest.mark.parametrize("row", [-1, 0, 3, 6, 10**12])
def test_a_heading_row_where_nothing_stands_is_refused(tmp_path, row) -> None:
    path = csv_file(tmp_path, ORDERS.replace("\n上海", "\n\n\n上海"))
    error = refusal(path, header_row=row)
    assert (error.code, error.data["row"]) == ("no-header-row", row)


def test_the_heading_row_of_a_preview_gives_the_same_headings(tmp_path) -> None:
    text = "客户,,销售,\n编号,名称,日期,金额\nC1,明达,2025-01-03,10\n"
    found = open_reader(csv_file(tmp_path, text), "orders").preview
    again = open_reader(csv_file(tmp_path, text), "orders", header_row=found.header_row).preview
    assert again == found
