"""Headings that come again, and rows and headings that are no sales: read, asked or told."""

from __future__ import annotations

import pytest
from messy_files import csv_file, money, read, xlsx_file

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader
from kefen.wording import sentence


def refusal(path, kind=None) -> ReadingError:
    with pytest.raises(ReadingError) as caught:
        read(path, kind)
    for lang in ("zh", "en"):
        assert "{" not in sentence(caught.value.code, caught.value.data, lang)
    return caught.value


BESIDE = [
    ["客户", "日期", "金额", None, "客户", "日期", "金额"],
    ["明达", "2025-03-01", 100, None, "永昌", "2025-03-02", 200],
    ["安泰", "2025-03-03", 300, None, "新发", "错", 400],
    ["合计", None, 400, None, None, None, None],
]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_tables_side_by_side_are_read_one_beneath_the_other(tmp_path, form: str) -> None:
    text = "\n".join(",".join(str(cell or "") for cell in row) for row in BESIDE)
    path = csv_file(tmp_path, text) if form == "csv" else xlsx_file(tmp_path, ("一", BESIDE))
    rows, [rejection] = read(path)
    assert (money(rows), rows["customer_name"].to_list()) == (
        ["100.00", "300.00", "200.00"],
        ["明达", "安泰", "永昌"],
    )
    assert (rejection.place, rejection.value) == ("3", "错")
    [notice] = open_reader(path).preview.notices
    assert (notice.code, notice.data["count"]) == ("tables-beside", 2)


@pytest.mark.parametrize(
    "text",
    [
        "客户,日期,金额,数量,金额\n明达,2025-03-01,100,2,113\n",
        "客户,日期,产品A,,产品B,\n,,数量,金额,数量,金额\n明达,2025-03-01,1,100,2,300\n",
    ],
)
def test_a_second_column_of_other_money_is_asked(tmp_path, text: str) -> None:
    path = csv_file(tmp_path, text)
    error = refusal(path)
    assert (error.code, error.data["candidates"]) == ("column-unclear", ["金额", "金额 (2)"])
    assert money(read(path, mapping={"金额": "amount"})[0]) == ["100.00"]


def test_a_second_column_of_the_same_money_is_not_asked(tmp_path) -> None:
    path = csv_file(tmp_path, "客户,日期,金额,数量,金额\n明达,2025-03-01,100,2,100\n")
    assert money(read(path)[0]) == ["100.00"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("客户,报价日期,报价金额\n明达,2025-03-01,100\n", "not-sold"),
        ("Customer,Quote date,Amount\nAcme,2025-03-01,100\n", "not-sold"),
        ("客户,日期,目标金额\n明达,2025-03-01,100\n", "not-sold"),
        ("会员,日期,积分\n明达,2025-03-01,100\n", "kind-between"),
    ],
)
def test_what_is_no_sale_is_asked(tmp_path, text: str, code: str) -> None:
    path = csv_file(tmp_path, text)
    assert refusal(path).code == code
    assert open_reader(path).preview.question.code == code


def test_sales_of_a_period_are_sales(tmp_path) -> None:
    path = csv_file(tmp_path, "客户名称,日期,本期销售,累计销售\n明达,2025-03-31,100,400\n")
    assert (open_reader(path).kind.name, money(read(path)[0])) == ("orders", ["100.00"])


def test_more_names_of_totals_with_dates_are_left_out(tmp_path) -> None:
    names = ["最大值", "合计金额", "其中：华东", "全部客户", "YTD", "Balance carried forward"]
    lines = ["客户,日期,金额", "明达,2025-03-01,100", "永昌,2025-03-02,200"]
    lines += [f"{name},2025-03-31,300" for name in names]
    rows, _ = read(csv_file(tmp_path, "\n".join(lines)))
    assert rows["customer_name"].to_list() == ["明达", "永昌"]


def test_a_total_that_is_not_the_sum_of_the_rows_above_is_told_as_such(tmp_path) -> None:
    lines = ["客户,日期,金额", "Total,2025-03-01,100", "明达,2025-03-02,200", "永昌,2025-03-02,50"]
    lines += ["合计,,250", "总计,,999"]
    chunks = list(open_reader(csv_file(tmp_path, "\n".join(lines))).chunks())
    told = [(notice.code, notice.data["line"]) for chunk in chunks for notice in chunk.notices]
    assert told == [
        ("total-row-doubted", 2),
        ("total-row-skipped", 5),
        ("total-row-skipped", 6),
    ]
