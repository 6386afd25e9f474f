"""Tables that say a date in parts, a customer above its lines, or a heading in two rows."""

from __future__ import annotations

import pytest
from messy_files import csv_file, days, money, notices, read, xlsx_file

from kefen.ledger.reading import open_reader


@pytest.mark.parametrize(
    ("head", "rows", "name"),
    [
        ("客户,年,月,日,金额", ["明达,2025,3,1,100", "永昌,25年,03月,12日,200"], "日期"),
        ("客户,年份,月份,日期,金额", ["明达,2025,三月,1,100", "永昌,2025,3月,12,200"], "日期"),
        ("客户,会计期间,日,金额", ["明达,202503,1,100", "永昌,2025-03,12,200"], "日期"),
        ("Customer,Year,Month,Day,Amount", ["A,2025,Mar,1,100", "B,2025,March,12,200"], "Date"),
    ],
)
def test_a_date_in_parts_is_one_date(tmp_path, head: str, rows: list[str], name: str) -> None:
    path = csv_file(tmp_path, "\n".join([head, *rows, "合计" + "," * head.count(",")]))
    assert days(read(path)[0]) == ["2025-03-01", "2025-03-12"]
    reader = open_reader(path)
    assert reader.preview.mapping[name] == "ordered_on"
    assert "date-in-parts" in notices(path)


def test_a_date_in_parts_that_is_none_is_rejected_as_a_whole(tmp_path) -> None:
    path = csv_file(
        tmp_path, "客户,年,月,日,金额\n明达,2025,2,30,100\n永昌,2025,2,,7\n甲,2025,2,3,1\n"
    )
    rows, rejections = read(path)
    assert days(rows) == ["2025-02-03"]
    assert [one.value for one in rejections] == ["2025-02-30", "2025 2"]
    assert rejections[0].row == {"客户": "明达", "日期": "2025-02-30", "金额": "100"}


def test_numbers_of_a_workbook_make_a_date(tmp_path) -> None:
    head = ["客户", "年", "月", "日", "金额"]
    path = xlsx_file(tmp_path, ("表", [head, ["明达", 2025, 3, 1, 100], ["永昌", 2025, 3, 2, 5]]))
    assert days(read(path)[0]) == ["2025-03-01", "2025-03-02"]


def test_a_month_beside_a_date_stays_what_it_is(tmp_path) -> None:
    path = csv_file(tmp_path, "客户,下单日期,年,月,日,金额\n明达,2025-03-05,2025,3,1,100\n")
    assert days(read(path)[0]) == ["2025-03-05"]


QUICKBOOKS = """Acme Corp{pad}
Sales by Customer Detail{pad}
,Date,Transaction Type,Num,Product/Service,Qty,Sales Price,Amount,Balance
Amy's Bird Sanctuary{pad}
,01/15/2025,Invoice,1021,Pest Control,1,35.00,35.00,35.00
,03/23/2025,Sales Receipt,1029,Gardening,4,25.00,100.00,135.00
Total for Amy's Bird Sanctuary,,,,,,,$135.00,
Cool Cars{pad}
,03/09/2025,Invoice,1030,Design,1,85.00,85.00,85.00
Total for Cool Cars,,,,,,,$85.00,
TOTAL,,,,,,,$220.00,
"Thursday, April 10, 2025 Accrual Basis"{pad}
"""


@pytest.mark.parametrize("pad", ["", "," * 8])
def test_a_customer_above_its_lines_is_theirs(tmp_path, pad: str) -> None:
    path = csv_file(tmp_path, QUICKBOOKS.format(pad=pad))
    rows, rejections = read(path)
    assert rejections == []
    customers = ["Amy's Bird Sanctuary"] * 2 + ["Cool Cars"]
    assert rows["customer_name"].to_list() == customers
    assert money(rows) == ["35.00", "100.00", "85.00"]
    assert open_reader(path).preview.headings[:2] == ["Customer", "column 1"]
    assert [code for code in notices(path) if code.startswith("group")] == [
        "group-rows",
        "group-row-empty",
    ]


GROUPED = [
    "日期,单号,金额",
    "业务员：张三,,",
    "客户：甲公司,,",
    "2025-03-01,D1,100",
    "小计,,100",
    "客户：乙公司,,",
    "2025-03-02,D2,200",
    "小计,,200",
    "业务员：李四,,",
    "客户：丙公司,,",
    "2025-03-03,D3,300",
    "总计,,600",
    "制表人：王五,,",
]


def test_rows_of_named_values_hold_for_the_lines_below(tmp_path) -> None:
    rows, rejections = read(csv_file(tmp_path, "\n".join(GROUPED)))
    assert rejections == []
    assert rows["customer_name"].to_list() == ["甲公司", "乙公司", "丙公司"]
    assert rows["salesperson"].to_list() == ["张三", "张三", "李四"]
    assert money(rows) == ["100.00", "200.00", "300.00"]


def test_a_line_after_a_new_outer_group_has_no_customer_of_the_last(tmp_path) -> None:
    lines = [*GROUPED[:9], "2025-03-03,D3,350"]
    rows, [rejection] = read(csv_file(tmp_path, "\n".join(lines)))
    assert money(rows) == ["100.00", "200.00"]
    assert rejection.code == "customer-missing"


def test_an_outline_fills_its_customers_down(tmp_path) -> None:
    text = (
        "客户,日期,金额\n甲,,300\n,2025-03-01,100\n,2025-03-02,200\n乙,,4\n,2025-03-03,4\n丙,,9\n"
    )
    path = csv_file(tmp_path, text)
    rows, rejections = read(path)
    assert (rows["customer_name"].to_list(), rejections) == (["甲", "甲", "乙"], [])
    reader = open_reader(path)
    empty = [n for c in reader.chunks() for n in c.notices if n.code == "group-row-empty"]
    assert [notice.data["told"] for notice in empty] == ["丙 9"]


@pytest.mark.parametrize(
    ("lines", "customers"),
    [
        (
            ["日期,单号,金额", "明达,,300", "2025-03-01,D1,300", "永昌,,4", "2025-03-03,D3,4"],
            "明达 永昌",
        ),
        (["对账单,,", "客户：明达 期间：3月,,", "日期,单号,金额", "2025-03-01,D1,100"], "明达"),
        (
            [
                "Customer: A,,",
                "Date,No,Amount",
                "2025-03-01,1,3",
                "Customer: B,,",
                "2025-03-02,2,5",
            ],
            "A B",
        ),
        (["日期,单号,金额", "客户编码：C1 客户名称：甲 电话：139,,", "2025-03-01,D1,100"], "甲"),
    ],
)
def test_names_with_sums_in_titles_and_beside_others(tmp_path, lines, customers) -> None:
    rows, rejections = read(csv_file(tmp_path, "\n".join(lines)))
    assert (rows["customer_name"].to_list(), rejections) == (customers.split(), [])


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("客户,日期,金额\n,,含税,不含税\n明达,2025-03-01,113,100\n", ["113.00"]),
        ("客户,日期,金额,,\n,,不含税,税额,价税合计\n明达,2025-03-01,100,13,113\n", ["113.00"]),
        ("Customer,Date,Amount,,,Qty\n,,Net,Tax,Gross,\nA,2025-03-01,100,13,113,1\n", ["100.00"]),
    ],
)
def test_headings_below_that_of_the_money_are_joined_with_it(tmp_path, text, amounts) -> None:
    path = csv_file(tmp_path, text)
    rows, rejections = read(path)
    assert (money(rows), rejections) == (amounts, [])
    assert "amount-of-tax" in notices(path)


def test_first_and_last_names_are_the_customer_where_nothing_else_is(tmp_path) -> None:
    head = "First Name,Last Name,Company,Email,Total Spent"
    text = f"{head}\nAnn,Lee,,a@x.com,100.00\nBo,Li,Acme,b@x.com,50.00\n,,,c@x.com,0.00\n"
    rows, rejected = read(csv_file(tmp_path, text))
    assert (rows["name"].to_list(), rejected) == (["Ann Lee", "Bo Li", "c@x.com"], [])
    assert rows["email"].to_list() == ["a@x.com", "b@x.com", "c@x.com"]
    owned = f"{head}\nAnn,Lee,Bolt,a@x.com,100.00\nBo,Li,Acme,b@x.com,50.00\n"
    rows, _ = read(csv_file(tmp_path, owned))
    assert rows["name"].to_list() == ["Bolt", "Acme"]


def test_first_and_last_names_beside_a_number_of_the_customer_are_its_name(tmp_path) -> None:
    def names(text: str, name: str = "name") -> tuple[list[str], list[str]]:
        rows, rejected = read(csv_file(tmp_path, text))
        assert rejected == []
        return rows["customer_id"].to_list(), rows[name].to_list()

    english = "Customer No,First Name,Last Name,Phone\n1001,Ann,Lee,1\n1002,Bo,,2\n"
    assert names(english) == (["1001", "1002"], ["Ann Lee", "Bo"])
    assert names("客户编号,姓,名,手机\n1,张,三,1\n2,李,小四,2\n") == (
        ["1", "2"],
        ["张三", "李小四"],
    )
    firms = "Code client;Nom;Prénom;Société;Ville\n1;Dupont;Jean;;Lyon\n2;Petit;Eve;ACME;Paris\n"
    assert names(firms) == (["1", "2"], ["Jean Dupont", "ACME"])
    card = "会员卡号,姓名,消费日期,消费金额\n8001,张三,2025-03-01,200\n8002,李四,2025-03-02,5\n"
    assert names(card, "customer_name") == (["8001", "8002"], ["张三", "李四"])
    booked = "Date,Client first name,Client last name,Price\n2025-03-14,Ann,Lee,60\n"
    assert read(csv_file(tmp_path, booked))[0]["customer_name"].to_list() == ["Ann Lee"]


def test_a_row_of_units_below_the_headings_is_theirs(tmp_path) -> None:
    for units, amount in (
        (",,个,万元", "15000.00"),
        (",,（件）,（元）", "1.50"),
        (",,,k", "1500.00"),
    ):
        path = csv_file(tmp_path, f"客户,日期,数量,金额\n{units}\n甲,2025-01-03,1,1.5\n")
        rows, rejections = read(path)
        assert (money(rows), rejections) == ([amount], [])
    bought = "客户,日期,商品,金额\n元,2025-01-03,元,1.5\n个,2025-01-03,个,2.5\n"
    assert money(read(csv_file(tmp_path, bought))[0]) == ["1.50", "2.50"]
