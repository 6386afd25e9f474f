"""What the file as a whole decides: decimal signs, units, order of days, cut numbers."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
import xlsxwriter
from messy_files import TODAY, csv_file, days, money, notices, orders, read, xlsx_file

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader
from kefen.wording import sentence

ASKED = {"date-order-assumed-mdy", "date-order-assumed-dmy", "dates-half-swapped"}


def told(source, kind=None, **options):
    """The notices of a source by code, and all of them worded in both languages."""
    reader = open_reader(source, kind, today=TODAY, **options)
    found = [notice for chunk in reader.chunks() for notice in chunk.notices]
    for notice in found:
        for lang in ("zh", "en"):
            text = sentence(notice.code, notice.data, lang)
            assert "{" not in text
            assert not text.startswith(notice.code)
    return {notice.code: notice.data for notice in found}


def amounts(folder, *cells, head="customer,date,amount", **options):
    """The amounts of orders in a CSV file with these last cells."""
    quoted = [f'C{n},2025-01-03,"{cell}"' for n, cell in enumerate(cells)]
    path = csv_file(folder, "\n".join([head, *quoted]))
    rows, rejections = read(path, "orders", **options)
    return money(rows), [rejection.code for rejection in rejections]


@pytest.mark.parametrize(
    ("cells", "meant"),
    [
        (["1.500", "12.25"], ["1.50", "12.25"]),
        (["1.500", "2500"], ["1.50", "2500.00"]),
        (["1.500", "1.234,56"], ["1500.00", "1234.56"]),
        (["1.500", "1500,50"], ["1500.00", "1500.50"]),
        (["1.500", "0.750"], ["1.50", "0.75"]),
        (["1.500", "1.234.567"], ["1500.00", "1234567.00"]),
        (["1,500", "12.25"], ["1500.00", "12.25"]),
        (["12,5", "3,75"], ["12.50", "3.75"]),
        (["1 234,50", "1'234.50"], ["1234.50", "1234.50"]),
        (["1\u202f234", "1\u00a0234\u00a0567"], ["1234.00", "1234567.00"]),
    ],
)
def test_a_column_shows_its_decimal_sign(tmp_path, cells, meant) -> None:
    assert amounts(tmp_path, *cells) == (meant, [])


def test_thousands_or_decimals_that_nothing_shows_are_not_guessed(tmp_path) -> None:
    found = amounts(tmp_path, "1.500", "12.000", "900")
    assert found == (["900.00"], ["decimal-unclear"] * 2)
    assert amounts(tmp_path, "1.500", decimal=",") == (["1500.00"], [])
    assert amounts(tmp_path, "1.500", decimal=".") == (["1.50"], [])


def test_only_a_point_or_a_comma_is_a_decimal_sign(tmp_path) -> None:
    with pytest.raises(ReadingError) as caught:
        amounts(tmp_path, "1", decimal=";")
    assert caught.value.code == "bad-decimal"


@pytest.mark.parametrize(
    ("text", "options", "meant"),
    [
        ("customer;date;amount\nA;13.01.2025;1.500\n", {}, ["1500.00"]),
        ("customer,date,amount\nA,13.01.2025,1.500\n", {}, ["1500.00"]),
        ("customer,date,amount\nA,2025-01-03,1.500\n", {"currency": "EUR"}, ["1500.00"]),
        ('customer,date,amount,cost\nA,2025-01-03,1.500,"3,25"\nB,2025-01-03,2.000,"4,5"\n', {},
         ["1500.00", "2000.00"]),
        ("customer,date,amount,cost\nA,2025-01-03,1.500,3.25\n", {}, ["1.50"]),
    ],
)  # fmt: skip
def test_the_rest_of_the_file_shows_the_decimal_sign(tmp_path, text, options, meant) -> None:
    path = csv_file(tmp_path, text)
    assert money(read(path, "orders", **options)[0]) == meant
    assert "decimal-assumed" in told(path, "orders", **options)


def test_quantity_times_price_shows_the_decimal_sign(tmp_path) -> None:
    head = "order,customer,date,product,quantity,unit price,amount\n"
    # 2 × 750 = 1500 and 3 × 400 = 1200; 2 × 1.25 = 2.5 and 1000 × 1.125 = 1125
    whole = csv_file(
        tmp_path, head + "1,A,2025-01-03,p,2,750,1.500\n2,B,2025-01-03,q,3,400,1.200\n"
    )
    assert money(read(whole)[0]) == ["1500.00", "1200.00"]
    parts = csv_file(
        tmp_path, head + "1,A,2025-01-03,p,2,1.250,2.500\n2,B,2025-01-03,q,1000,1.125,1125\n"
    )
    assert money(read(parts)[0]) == ["2.50", "1125.00"]


def test_numbers_of_a_workbook_have_decimals(tmp_path) -> None:
    head = ["客户名称", "日期", "金额"]
    day = dt.date(2025, 1, 3)
    typed = xlsx_file(tmp_path, ("x", [head, ["A", day, 1.459], ["B", day, 2.125]]))
    assert money(read(typed)[0]) == ["1.46", "2.13"]
    written = xlsx_file(tmp_path, ("x", [head, ["A", day, "1.500"], ["B", day, "2.125"]]))
    assert [rejection.code for rejection in read(written)[1]] == ["decimal-unclear"] * 2


@pytest.mark.parametrize(
    ("currency", "cell", "meant"),
    [
        ("INR", "₹1,23,456.00", "123456.00"),
        ("INR", "Rs. 5,000/-", "5000.00"),
        ("CHF", "CHF 1’234.50", "1234.50"),
        ("CHF", "Fr. 100.–", "100.00"),
        ("PLN", "1 234,50 zł", "1234.50"),
        ("SEK", "1 234 kr", "1234.00"),
        ("GBP", "£1,234.50", "1234.50"),
        ("EUR", "-1.234,50 €", "-1234.50"),
        ("EUR", "€ (1.234,50)", None),
        ("EUR", "1.200,-", "1200.00"),
        ("BRL", "R$ 1.234,50", "1234.50"),
        ("JPY", "￥12,000円", "12000.00"),
        ("KRW", "₩12,000", "12000.00"),
    ],
)
def test_the_base_currencys_own_signs_are_read(tmp_path, currency, cell, meant) -> None:
    found, codes = amounts(tmp_path, cell, currency=currency)
    assert found == ([meant] if meant else [])
    assert len(codes) == (meant is None)


@pytest.mark.parametrize(
    ("heading", "cell", "meant"),
    [
        ("金额(万元)", "3.5", "35000.00"),
        ("金额（单位：千元）", "12", "12000.00"),
        ("金额_万", "1.23456", "12345.60"),
        ("金额（百万元）", "2", "2000000.00"),
        ("Amount (in thousands)", "1.25", "1250.00"),
        ("Amount (RMB '000)", "7", "7000.00"),
        ("金额(万元)", "5万", "50000.00"),
        ("金额（元）", "5", "5.00"),
    ],
)
def test_the_unit_of_a_heading_counts(tmp_path, heading, cell, meant) -> None:
    path = csv_file(
        tmp_path, f'客户名称,日期,"{heading}"\nA,2025-01-03,{cell}\nB,2025-01-03,1234\n'
    )
    assert money(read(path, "orders")[0])[0] == meant
    assert ("unit-scaled" in told(path, "orders")) == (
        "元）" not in heading or "千" in heading or "百" in heading
    )


@pytest.mark.parametrize("name", ["sales_万元.csv", "销售(万元).csv"])
def test_the_unit_of_a_title_or_file_counts(tmp_path, name) -> None:
    table = "客户名称,日期,金额\nA,2025-01-03,1.25\n"
    named = csv_file(tmp_path, table, name=name)
    assert money(read(named)[0]) == ["12500.00"]
    titled = csv_file(tmp_path, f"销售明细,,\n单位：千元,,\n{table}")
    assert money(read(titled)[0]) == ["1250.00"]
    sheet = xlsx_file(
        tmp_path,
        ("销售（万元）", [["客户名称", "日期", "金额"], ["A", dt.date(2025, 1, 3), 1.25]]),
    )
    assert money(read(sheet)[0]) == ["12500.00"]


@pytest.mark.parametrize("heading", ["Amount (USD)", "amount_usd", "金额(美元)", "Amount in USD"])
def test_another_currency_in_the_heading_needs_a_rate(tmp_path, heading) -> None:
    bare = csv_file(tmp_path, f"customer,date,{heading}\nA,2025-01-03,100\n")
    _, [rejection] = read(bare, "orders")
    assert rejection.code == "currency-needs-rate"
    rated = csv_file(tmp_path, f"customer,date,{heading},rate\nA,2025-01-03,100,7.125\n")
    assert money(read(rated, "orders")[0]) == ["712.50"]
    assert money(read(bare, "orders", currency="USD")[0]) == ["100.00"]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["10%", "5%"], "percent-not-money"),
        (["0.1", "0.05"], "discount-in-percent"),
        (["9折", "0.95"], "discount-in-percent"),
    ],
)
def test_a_discount_in_percent_is_no_money(tmp_path, cells, code) -> None:
    lines = [f"C{n},2025-01-03,100,{cell}" for n, cell in enumerate(cells)]
    path = csv_file(tmp_path, "\n".join(["customer,date,amount,discount", *lines]))
    rows, rejections = read(path, "orders")
    assert (money(rows), rejections) == (["100.00"] * 2, [])
    assert money(rows, "discount") == [None, None]
    assert told(path, "orders")[f"cells-{code}"]["count"] == 2


def test_numbers_that_a_spreadsheet_cut_are_told_and_no_order_is_lost(tmp_path) -> None:
    lines = [f"2.02501E+17,C{n},2025-01-03,{n}00" for n in (1, 2, 3)]
    path = csv_file(tmp_path, "\n".join(["订单号,客户编号,日期,金额", *lines]))
    rows, rejections = read(path)
    assert (rows["order_id"].to_list(), rejections) == ([None] * 3, [])
    data = told(path)["cells-digits-lost"]
    assert (data["heading"], data["count"], data["line"]) == ("订单号", 3, 2)
    long = [f"20250103000001{n}000,C{n},2025-01-03,1" for n in (1, 2)]
    rounded = csv_file(tmp_path, "\n".join(["订单号,客户编号,日期,金额", *long]))
    assert told(rounded)["cells-digits-lost"]["count"] == 2


def test_a_customer_number_that_was_cut_is_rejected_as_that(tmp_path) -> None:
    path = csv_file(tmp_path, "客户编号,日期,金额\n1.39E+10,2025-01-03,5\n")
    _, [rejection] = read(path, "orders")
    assert rejection.code == "digits-lost"


def test_ids_of_a_whole_column_lose_their_point(tmp_path) -> None:
    head = "customer id,date,amount\n"
    whole = csv_file(tmp_path, head + "17850.0,2025-01-03,1\n13047.0,2025-01-03,1\n,2025-01-03,1\n")
    assert read(whole, "orders")[0]["customer_id"].to_list() == ["17850", "13047"]
    mixed = csv_file(tmp_path, head + "1.0,2025-01-03,1\n1.1,2025-01-03,1\n")
    assert read(mixed, "orders")[0]["customer_id"].to_list() == ["1.0", "1.1"]


@pytest.mark.parametrize(
    ("text", "meant", "assumed"),
    [
        (
            "customer,date,amount\nA,03.01.2025,1\nB,04.02.2025,1\n",
            ["2025-01-03", "2025-02-04"],
            None,
        ),
        (
            "customer,date,amount\nA,01.13.2025,1\nB,02.03.2025,1\n",
            ["2025-01-13", "2025-02-03"],
            None,
        ),
        ("customer,date,delivered,amount\nA,03/04/2025,13/04/2025,1\n", ["2025-04-03"], None),
        ("customer;date;amount\nA;03/04/2025;1\n", ["2025-04-03"], "dmy"),
        ("customer,date,amount\nA,03/04/2025,1\n", ["2025-03-04"], "mdy"),
        (
            "customer,date,amount\nA,01/02/2025,1\nB,02/02/2025,1\nC,01/03/2025,1\nD,02/03/2025,1\n",
            ["2025-02-01", "2025-02-02", "2025-03-01", "2025-03-02"],
            "dmy",
        ),
        ("customer,date,amount\nA,25.1.3,1\nB,24.12.31,1\n", ["2025-01-03", "2024-12-31"], None),
    ],
)
def test_the_file_decides_between_day_and_month(tmp_path, text, meant, assumed) -> None:
    path = csv_file(tmp_path, text)
    assert days(read(path, "orders")[0]) == meant
    codes = [code for code in notices(path, "orders") if code.startswith("date-order")]
    assert codes == ([f"date-order-assumed-{assumed}"] if assumed else [])
    told(path, "orders")


def test_what_is_no_day_in_any_order_asks_for_none(tmp_path) -> None:
    rows = "customer,date,amount\nA,2025-03-04,1\nB,{},2\nC,2025-03-05,3\n"
    assert told(csv_file(tmp_path, rows.format("31/31/2025")), "orders").keys() & ASKED == set()
    asked = told(csv_file(tmp_path, rows.format("3/4/2025") + "D,31/31/2025,4\n"), "orders")
    [data] = [data for code, data in asked.items() if code.startswith("date-order-assumed")]
    assert (data["value"], data["read"]) in {("3/4/2025", "2025-03-04"), ("3/4/2025", "2025-04-03")}


def test_half_swapped_dates_are_noticed(tmp_path) -> None:
    path = xlsx_file(
        tmp_path,
        ("x", [["客户名称", "日期", "金额"], ["A", dt.date(2025, 5, 1), 1], ["B", "13/01/2025", 1],
               ["C", dt.date(2025, 2, 1), 1], ["D", "25/01/2025", 1]]),
    )  # fmt: skip
    data = told(path)["dates-half-swapped"]
    assert (data["heading"], data["value"], data["other"]) == ("日期", "2025-05-01", "13/01/2025")
    clean = xlsx_file(
        tmp_path,
        (
            "x",
            [["客户名称", "日期", "金额"], ["A", dt.date(2025, 5, 21), 1], ["B", "13/01/2025", 1]],
        ),
    )
    assert "dates-half-swapped" not in told(clean)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2024", "year-alone"), ("2024年", "year-alone"), ("202501", "bad-date"),
        ("2501", "bad-date"), ("250103", "bad-date"), ("1970-01-01", "placeholder-date"),
        ("1", "bad-date"), ("9999-12-31", "placeholder-date"), ("99999", "bad-date"),
        ("1234567", "bad-date"),
    ],
)  # fmt: skip
def test_numbers_and_placeholders_are_no_days(written, code) -> None:
    _, [rejection] = read(orders(dates=[written]), "orders")
    assert rejection.code == code


def test_a_number_just_under_midnight_is_the_next_day() -> None:
    rows, _ = read(orders(dates=["45661.99999999", "45661.5"]), "orders")
    assert days(rows) == ["2025-01-05", "2025-01-04"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("15/03/55", "1955-03-15"), ("55-03-15", "1955-03-15"), ("20/12/81", "1981-12-20"),
        ("15-Mar-55", "1955-03-15"), ("31/05/25", "2025-05-31"), ("20162", "1955-03-14"),
    ],
)  # fmt: skip
def test_nobody_was_born_in_the_future(written, meant) -> None:
    frame = pl.DataFrame({"客户编号": ["C1"], "生日": [written]})
    assert days(read(frame, "customers")[0], "birthday") == [meant]


def test_a_year_alone_tells_when_a_company_was_founded() -> None:
    frame = pl.DataFrame(
        {"客户编号": ["C1", "C2"], "成立日期": ["2010", "1998年"], "生日": ["1985", "1900-01-01"]}
    )
    rows, rejections = read(frame, "customers")
    assert rejections == []
    assert days(rows, "founded_on") == ["2010-01-01", "1998-01-01"]
    assert days(rows, "birthday") == [None, None]
    found = told(frame, "customers")
    assert found["year-as-first-day"]["count"] == 2
    assert found["cells-year-alone"]["value"] == "1985"
    assert found["cells-placeholder-date"]["value"] == "1900-01-01"


def test_dates_in_the_future_are_told_once_a_column() -> None:
    frame = orders(dates=["2025-06-30", "2025-07-01", "2026-01-01"])
    rows, rejections = read(frame, "orders")
    assert (rows.height, rejections) == (3, [])
    data = told(frame, "orders")["dates-in-future"]
    assert (data["count"], data["line"], data["value"]) == (2, 2, "2025-07-01")


def test_units_of_rows_and_cents_of_headings(tmp_path) -> None:
    path = csv_file(tmp_path, "客户,日期,金额,单位\n甲,2025-03-01,1.2,万元\n乙,2025-03-02,300,元\n")
    assert money(read(path)[0]) == ["12000.00", "300.00"]
    assert told(path)["amounts-by-unit-column"]["count"] == 1
    boxes = csv_file(
        tmp_path, "客户,日期,金额,单位\n甲,2025-03-01,1.2,箱\n乙,2025-03-02,300,万个\n"
    )
    assert money(read(boxes)[0]) == ["1.20", "300.00"]
    assert amounts(tmp_path, "1050", head="customer,date,amount_cents")[0] == ["10.50"]
    assert amounts(tmp_path, "1050", head="customer,date,金额(分)")[0] == ["10.50"]


def test_four_digits_after_a_comma_may_group_them(tmp_path) -> None:
    assert amounts(tmp_path, "1,23", "1,2345", "5,5") == (["1.23", "5.50"], ["decimal-unclear"])
    assert told(tmp_path / "file.csv")["decimal-assumed"]["read"] == "1.23"
    assert amounts(tmp_path, "1,23", "1,2345", decimal=",") == (["1.23", "1.23"], [])


def test_the_format_of_a_cell_shows_its_currency(tmp_path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, heading in enumerate(["客户编号", "下单日期", "金额"]):
            sheet.write(0, place, heading)
        shown = ["[$$-409]#,##0.00", '#,##0.00 "€"', '"¥"#,##0.00', '#,##0" 元"', "#,##0.00"]
        for line, code in enumerate(shown, start=1):
            format_ = book.add_format({"num_format": code})
            sheet.write(line, 0, line, format_)
            sheet.write(line, 1, "2025-01-03")
            sheet.write(line, 2, 100, format_)
    rows, rejections = read(path, "orders")
    assert [one.line for one in rejections] == [2, 3]
    assert {one.code for one in rejections} == {"currency-needs-rate"}
    assert rows["customer_id"].to_list() == ["3", "4", "5"]
    assert money(read(path, "orders", currency="USD")[0])[0] == "100.00"


def test_sheets_of_other_currencies_are_not_read_together(tmp_path) -> None:
    head = ["客户编号", "下单日期", "金额"]
    sheets = [(name, [head, ["C1", "2025-01-03", 5]]) for name in ("人民币", "美元")]
    path = xlsx_file(tmp_path, *sheets)
    with pytest.raises(ReadingError, match="sheets-of-other-units"):
        read(path)
    assert [one.code for one in read(path, sheet="美元")[1]] == ["currency-needs-rate"]
    assert money(read(path, sheet="人民币")[0]) == ["5.00"]


@pytest.mark.parametrize("cell", ["114/03/05", "1140305", "民國114年3月5日", "中华民国114.3.5"])
def test_years_of_the_republic_are_told(tmp_path, cell) -> None:
    path = csv_file(tmp_path, f"客戶名稱,銷貨日期,金額\n大同,{cell},100\n")
    assert days(read(path)[0]) == ["2025-03-05"]
    assert told(path)["dates-of-republic"]["read"] == "2025-03-05"


def test_dates_of_both_orders_are_told_as_that(tmp_path) -> None:
    cells = ["3/4/2025", "3/14/2025", "13/3/2025"]
    data = told(orders(cells))["date-orders-mixed"]
    assert (data["month"], data["day"]) == ("3/14/2025", "13/3/2025")


def test_days_of_a_workbook_numbered_from_1904(tmp_path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        dated = book.add_format({"num_format": "yyyy-mm-dd"})
        for line, row in enumerate([["客户编号", "下单日期", "金额"], ["C1", 44258, 5]]):
            for place, value in enumerate(row):
                sheet.write(line, place, value)
        sheet.write(2, 0, "C2")
        sheet.write_datetime(2, 1, dt.date(2025, 3, 5), dated)
        sheet.write(2, 2, 6)
    assert days(read(path)[0]) == ["2025-03-04", "2025-03-05"]


def test_rates_are_looked_at(tmp_path) -> None:
    rows = ["A,100,USD,0", "B,100,USD,-7", "C,10000,JPY,4.8", "D,100,USD,7.2", "E,100,,7.2"]
    text = "客户,金额,币种,汇率,日期\n" + "".join(f"{row},2025-03-01\n" for row in rows)
    path = csv_file(tmp_path, text)
    landed, rejections = read(path, "orders")
    assert money(landed) == ["48000.00", "720.00", "100.00"]
    bad = [(one.code, one.data["rate"]) for one in rejections]
    assert bad == [("bad-exchange-rate", "0"), ("bad-exchange-rate", "-7")]
    found = told(path, "orders")
    assert found["rate-unusual"]["usual"] == "0.0473"
    assert found["rate-without-currency"]["line"] == 6


def test_money_that_is_said_twice_and_differently_is_told(tmp_path) -> None:
    head = "订单号,客户,日期,商品,数量,单价,金额\n"
    lines = "1,甲,2025-03-01,螺丝,10,10,100\n2,甲,2025-03-02,螺丝,2,5,500\n"
    more = "3,甲,2025-03-03,螺丝,-2,10,20\n4,甲,2025-03-04,螺丝,1,7,7\n"
    found = told(csv_file(tmp_path, head + lines + more))
    product, sign = found["amount-is-no-product"], found["amount-sign-differs"]
    assert (product["count"], product["money"], product["other_money"]) == (2, "520.00", "-10.00")
    assert (sign["count"], sign["line"]) == (1, 4)
    discounted = "1,甲,2025-03-01,螺丝,10,10,90\n2,甲,2025-03-02,螺丝,2,5,9\n"
    assert "amount-is-no-product" not in told(csv_file(tmp_path, head + discounted))
    two = "订单号,客户,日期,销售金额,实收金额\n1,甲,2025-03-01,1000,0\n2,乙,2025-03-02,500,500\n"
    data = told(csv_file(tmp_path, two))["amounts-differ"]
    assert (data["other"], data["count"], data["other_money"]) == ("销售金额", 1, "1,000.00")
    assert "amounts-differ" not in told(csv_file(tmp_path, two.replace("1000,0", "5,5")))
    owed = "日期,客户,应收,实收,欠款\n2025-01-03,甲,100,60,40\n2025-01-04,乙,50,50,0\n"
    data = told(csv_file(tmp_path, owed))["amounts-differ"]
    assert (data["money"], data["other_money"]) == ("60.00", "100.00")


def test_one_name_with_several_phones_is_told(tmp_path) -> None:
    rows = [
        "张伟,13800000001,100",
        "张伟,13900000002,900",
        "李娜,+86 13700000003,1",
        "李娜,13700000003,2",
    ]
    text = "客户名称,手机号,金额,日期\n" + "".join(f"{row},2025-03-01\n" for row in rows)
    data = told(csv_file(tmp_path, text))["names-with-several-phones"]
    assert (data["count"], data["name"], data["heading"]) == (1, "张伟", "手机号")


def test_moments_that_the_time_zone_moves_are_told(tmp_path) -> None:
    cells = ["2025-03-01T16:30:00Z", "2025-03-01T10:00:00Z"]
    data = told(orders(cells))["dates-moved-by-zone"]
    assert (data["count"], data["read"]) == (1, "2025-03-02")


def test_padding_at_the_end_of_a_file_is_nothing(tmp_path) -> None:
    text = "customer,date,amount\nA,2025-03-01,100\nB,2025-03-02,2\x0000\n"
    path = csv_file(tmp_path, text + "\x1a" + "\x00" * 500)
    rows, rejections = read(path, "orders")
    assert money(rows) == ["100.00"]
    assert [(one.line, one.code) for one in rejections] == [(3, "undecodable")]


def test_a_title_that_comes_again_on_each_page_is_no_row(tmp_path) -> None:
    page = "某某公司销售明细表,,\n客户,日期,金额\n甲,2025-03-0{n},5\n"
    path = csv_file(tmp_path, page.format(n=1) + page.format(n=2))
    rows, rejections = read(path)
    assert (money(rows), rejections) == (["5.00", "5.00"], [])
