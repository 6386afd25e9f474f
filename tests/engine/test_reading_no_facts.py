"""Rows that are no facts are left out and told; cells that cannot be taken cost no row."""

from __future__ import annotations

import pytest
from messy_files import TODAY, csv_file, money, read

from kefen.ledger.reading import open_reader
from kefen.wording import sentence

HEAD = "订单号,客户名称,日期,金额"


def orders_of(folder, *lines, head="客户名称,日期,金额"):
    """The customers that landed, and what was left out as `(code, line, money)`."""
    path = csv_file(folder, "\n".join([head, *lines]))
    rows, rejections = read(path, "orders")
    assert rejections == []
    found = [n for c in open_reader(path, "orders", today=TODAY).chunks() for n in c.notices]
    left = [(n.code, n.data["line"], n.data.get("money")) for n in found]
    assert all("{" not in sentence(n.code, n.data, lang) for n in found for lang in ("zh", "en"))
    return rows["customer_name"].to_list(), left


@pytest.mark.parametrize(
    "word",
    ["合计", "合 计", "小计：", "总计", "汇总", "平均", "本页合计", "累计", "1月合计", "2025年小计",
     "以上金额合计", "应收余额", "总销售额", "销售总额", "截至3月31日应收余额", "Balance due",
     "【合计】", "總計", "Total", "Subtotal", "Sub-total:", "Grand total", "Sum", "Average",
     "*** TOTAL ***", "Total (2 orders)", "期初", "年初余额", "期初建账", "B/F", "Bal b/f",
     "Balance forward", "Opening bal.", "Saldo inicial", "Anfangsbestand", "繰越残高"],
)  # fmt: skip
@pytest.mark.parametrize("day", ["2025-01-31", ""])
def test_a_total_is_no_customer_whatever_its_date(tmp_path, word, day) -> None:
    lines = ("明达,2025-01-03,100", "华联,2025-01-04,200", f"{word},{day},300")
    names, left = orders_of(tmp_path, *lines)
    assert names == ["明达", "华联"]
    assert left == [("total-row-skipped", 4, "300.00")]


@pytest.mark.parametrize(
    "name",
    [
        "Total Wine",
        "合计科技",
        "Totalenergies",
        "Sum Wing Ltd",
        "总计算机公司",
        "Possum",
        "Average Joe",
        "期初科技",
        "New Balance",
        "Opening Soon Ltd",
    ],
)
def test_a_customer_with_such_a_name_lands(tmp_path, name) -> None:
    names, left = orders_of(tmp_path, "明达,2025-01-03,100", f"{name},2025-01-04,200")
    assert (names, left) == (["明达", name], [])


def test_a_customer_called_total_lands_with_an_order_of_its_own(tmp_path) -> None:
    names, left = orders_of(tmp_path, "S1,明达,2025-01-03,100", "S2,Total,2025-01-04,70", head=HEAD)
    assert (names, left) == (["明达", "Total"], [])


def test_the_money_tells_a_total_where_its_name_does_not(tmp_path) -> None:
    lines = ("明达,2025-01-03,100", "华联,2025-01-04,200", ",2025-01-31,300", "永昌,2025-02-01,300")
    names, left = orders_of(tmp_path, *lines)
    assert names == ["明达", "华联", "永昌"]
    assert left == [("total-row-skipped", 4, "300.00")]


def test_subtotals_by_customer_are_left_out(tmp_path) -> None:
    lines = (
        "明达,2025-01-03,100", "明达,2025-01-04,50", "明达 汇总,2025-01-31,150",
        "华联,2025-01-04,200", "华联 Total,2025-01-31,200", "总计,2025-01-31,350",
    )  # fmt: skip
    names, left = orders_of(tmp_path, *lines)
    assert names == ["明达", "明达", "华联"]
    assert [(line, amount) for _, line, amount in left] == [
        (4, "150.00"),
        (6, "200.00"),
        (7, "350.00"),
    ]


def test_many_totals_are_told_in_few_lines(tmp_path) -> None:
    lines = [line for n in range(30) for line in (f"C{n},2025-01-03,10", "小计,2025-01-03,10")]
    names, left = orders_of(tmp_path, *lines)
    assert len(names) == 30
    assert left[-1] == ("more-total-row-skipped", 43, "100.00")
    assert len(left) == 21


def test_repeated_headings_and_titles_are_left_out(tmp_path) -> None:
    page = ("销售明细,2025年", "客户名称,日期,金额")
    path = csv_file(
        tmp_path,
        "\n".join(
            [*page, "明达,2025-01-03,100", "第2页,,", *page, "华联,2025-01-04,200", "Page 3 of 3"]
        ),
    )
    rows, rejections = read(path, "orders")
    assert (money(rows), len(rejections)) == (["100.00", "200.00"], 1)  # the title has two cells


def test_headings_in_the_data_are_left_out(tmp_path) -> None:
    names, left = orders_of(
        tmp_path, "明达,2025-01-03,100", "客户名称,日期,金额", "华联,2025-01-04,200"
    )
    assert names == ["明达", "华联"]
    assert left == [("heading-row-skipped", 3, None)]


@pytest.mark.parametrize(
    "note",
    ["注：以上数据不含税,,", "制表人：张三,,审核：李四", "导出时间：2025-02-01 10:00,,", "第2页,,",
     "Page 1 of 3,,",
     "Note: all amounts before tax,,", "Printed on 2025-02-01,,", "(2 rows affected),,",
     "--- end ---,,"],
)  # fmt: skip
def test_notes_under_the_table_are_left_out(tmp_path, note) -> None:
    names, left = orders_of(tmp_path, "明达,2025-01-03,100", note)
    assert (names, left) == (["明达"], [("note-row-skipped", 3, None)])


def test_a_note_is_no_customer(tmp_path) -> None:
    path = csv_file(tmp_path, "客户名称,城市\n明达,上海\n注：共2家,\n合计,\nNote Printing Ltd,\n")
    assert read(path, "customers")[0]["name"].to_list() == ["明达", "Note Printing Ltd"]


def test_a_bad_cell_costs_no_row_and_is_told_once_a_column(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "客户名称,城市,生日,信用额度\n明达,上海,05-12,1000\n华联,北京,保密,不限\n永昌,广州,1985-06-01,\n",
    )
    rows, rejections = read(path, "customers")
    assert (rows.height, rejections) == (3, [])
    assert money(rows, "credit_limit") == ["1000.00", None, None]
    found = [n for c in open_reader(path, today=TODAY).chunks() for n in c.notices]
    told = {
        (n.code, n.data["heading"]): (n.data["count"], n.data["line"], n.data["value"])
        for n in found
    }
    assert told == {
        ("cells-bad-date", "生日"): (2, 2, "05-12"),
        ("cells-bad-money", "信用额度"): (1, 3, "不限"),
    }


@pytest.mark.parametrize("column", ["客户名称", "日期", "金额"])
def test_a_needed_cell_that_a_formula_spoilt_costs_the_row(tmp_path, column) -> None:
    row = {"客户名称": "明达", "日期": "2025-01-03", "金额": "5"} | {column: "#REF!"}
    _, [rejection] = read(
        csv_file(tmp_path, f"{','.join(row)}\n{','.join(row.values())}\n"), "orders"
    )
    assert (rejection.code, rejection.value) == ("spreadsheet-error", "#REF!")


@pytest.mark.parametrize("word", ["NULL", "None", "\\N", "NA", "#N/A", "无", "－", "—", "(null)"])
def test_words_for_nothing_are_nothing(tmp_path, word) -> None:
    path = csv_file(tmp_path, f"客户名称,区域,日期,金额,成本\n明达,x,2025-01-03,5,{word}\n")
    assert money(read(path, "orders")[0], "cost") == [None]


def test_wrappings_for_a_spreadsheet_are_taken_off(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        '订单号,客户编号,客户名称,日期,金额\n"=""0012""",`007,A &amp; B,2025-01-03,"=""5.50"""\n'
        "\t0013\t,\t008,明达\t,2025-01-03,\t6\n",
    )
    rows, rejections = read(path, "orders")
    assert rejections == []
    assert rows["order_id"].to_list() == ["0012", "0013"]
    assert rows["customer_id"].to_list() == ["007", "008"]
    assert rows["customer_name"].to_list() == ["A & B", "明达"]
    assert money(rows) == ["5.50", "6.00"]


def test_every_fault_of_a_cell_is_worded() -> None:
    codes = ("bad-date", "bad-money", "bad-number", "bad-integer", "bad-boolean", "id-too-long")
    assert all(sentence(f"cells-{code}", {}, "zh") != f"cells-{code}" for code in codes)


def test_a_name_on_its_first_row_only_makes_no_total_of_a_later_one(tmp_path):
    """300 is 100 + 200 by chance: the row lacks its customer, and is told as that."""
    path = csv_file(
        tmp_path,
        "客户名称,日期,金额\n明达,2025-01-03,100\n,2025-01-04,200\n,2025-01-05,300\n"
        "华联,2025-01-06,50\n,2025-01-07,70",
    )
    _rows, rejections = read(path, "orders")
    assert [(entry.line, entry.code) for entry in rejections] == [
        (3, "customer-missing"),
        (4, "customer-missing"),
        (6, "customer-missing"),
    ]


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Item", ("Total", "Total")),
        ("Product", ("Subtotal", "Subtotal")),
        ("品名", ("小計", "合計")),
        ("Description", ("Order total", "Order total")),
    ],
)
def test_a_total_beside_its_customer_is_what_the_rows_of_the_customer_come_to(
    tmp_path, heading, words
) -> None:
    names, left = orders_of(
        tmp_path,
        *("明达,2025-01-03,a,100", "明达,2025-01-03,b,30", f"明达,2025-01-03,{words[0]},130"),
        *("华联,2025-01-04,a,20", f"华联,2025-01-04,{words[1]},20"),
        *("永昌,2025-01-04,a,7", "永昌,2025-01-04,Total Care,7"),
        head=f"客户名称,日期,{heading},金额",
    )
    assert names == ["明达", "明达", "华联", "永昌", "永昌"]
    assert left == [("total-row-skipped", 4, "130.00"), ("total-row-skipped", 6, "20.00")]
