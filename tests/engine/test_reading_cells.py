"""Dates, money, numbers and ids as people write them."""

import datetime as dt
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from messy_files import TODAY, csv_file, days, money, notices, orders, read

from kefen.ledger.reading import open_reader


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2025/1/3", "2025-01-03"),
        ("2025-01-03", "2025-01-03"),
        ("2025-1-3", "2025-01-03"),
        ("2025.1.3", "2025-01-03"),
        ("20250103", "2025-01-03"),
        ("2025年1月3日", "2025-01-03"),
        ("2025年1月3号", "2025-01-03"),
        ("2025年01月03日 14:22", "2025-01-03"),
        ("２０２５年１月３日", "2025-01-03"),
        ("2025/1/3 14:22:05", "2025-01-03"),
        ("2025/1/3 下午 2:22", "2025-01-03"),
        ("2025-01-03T23:59:59", "2025-01-03"),
        ("2025-01-03 星期五", "2025-01-03"),
        ("2025-01-03T20:00:00Z", "2025-01-04"),
        ("2025-01-03T20:00:00+08:00", "2025-01-03"),
        ("45660", "2025-01-03"),
        ("45660.59", "2025-01-03"),
        ("3-Jan-2025", "2025-01-03"),
        ("Jan 3, 2025", "2025-01-03"),
        ("Jan-03-25", "2025-01-03"),
        ("03 January 25", "2025-01-03"),
        ("25年1月3日", "2025-01-03"),
        ("1/3/25", "2025-01-03"),
        ("01/03/2025", "2025-01-03"),
        ("'2025-01-03", "2025-01-03"),
    ],
)
def test_a_date_is_read(written: str, meant: str) -> None:
    rows, rejections = read(orders(dates=[written]), "orders")
    assert rejections == []
    assert days(rows) == [meant]


@pytest.mark.parametrize(
    "written", ["2025-02-30", "2025-13-01", "soon", "2025-01", "2025年1月", "99/99/99", "3.5元",
                "2025-01-03 to 2025-01-05"]
)  # fmt: skip
def test_what_is_no_date_is_rejected(written: str) -> None:
    _, [rejection] = read(orders(dates=[written]), "orders")
    assert (rejection.code, rejection.column, rejection.heading) == (
        "bad-date",
        "ordered_on",
        "下单日期",
    )
    assert rejection.value == written


@pytest.mark.parametrize("written", ["1899-12-31", "2026-07-02", "0203-01-05", "2099-01-01"])
def test_dates_before_1900_or_over_a_year_ahead_are_rejected(written: str) -> None:
    _, [rejection] = read(orders(dates=[written]), "orders")
    assert rejection.code == "implausible-date"
    assert rejection.data["earliest"] == "1900-01-01"


def test_a_due_date_may_lie_years_ahead(tmp_path) -> None:
    """TODAY is in 2025: nine years are believed of a due date, eleven are not."""
    heads = "发票号,客户编号,开票日期,到期日,金额"
    lines = [f"I{year},C1,2025-01-03,{year}-01-03,10" for year in (2034, 2036)]
    path = csv_file(tmp_path, "\n".join([heads, *lines]))
    rows, _ = read(path, "invoices")
    assert days(rows, "due_on") == ["2034-01-03", None]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["1/3/25", "13/3/25"], ["2025-03-01", "2025-03-13"]),
        (["1/3/25", "3/13/25"], ["2025-01-03", "2025-03-13"]),
        (["01-03-2025", "31-03-2025"], ["2025-03-01", "2025-03-31"]),
        (["25/1/3", "25/2/14", "24/12/31"], ["2025-01-03", "2025-02-14", "2024-12-31"]),
        (["1/12/25", "2/2/25"], ["2025-01-12", "2025-02-02"]),
    ],
)
def test_the_column_decides_between_day_and_month(written: list[str], meant: list[str]) -> None:
    rows, rejections = read(orders(dates=written), "orders")
    assert rejections == []
    assert days(rows) == meant


def test_evidence_at_the_end_of_a_long_file_counts(tmp_path) -> None:
    lines = ["客户编号,下单日期,金额", *["C1,03/04/2025,1"] * 120_000, "C1,28/02/2025,1"]
    rows, rejections = read(csv_file(tmp_path, "\n".join(lines)), "orders")
    assert rejections == []
    assert set(days(rows)) == {"2025-04-03", "2025-02-28"}


def test_cells_that_come_again_and_again_are_read_as_alone(tmp_path) -> None:
    rows = [
        "A1,+86 138 0000 0001,2025-01-03,12.50",
        "A2,13800000001,2025年1月4日,￥3",
        "A3,=1&amp;2,114/03/05,free",
        "A4,１２,2025-01-05T23:30:00Z,(4.005)",
        "2.02501E+17,C9,soon,7",
    ]
    head = "订单号,客户编号,下单日期,金额"

    def found(times: int) -> tuple[Counter[object], Counter[object], dict[str, int]]:
        path = csv_file(tmp_path, "\n".join([head, *rows * times]))
        chunks = list(open_reader(path, "orders", today=TODAY).chunks())
        taken = Counter(row for chunk in chunks for row in chunk.rows.drop("_line").rows())
        refused = Counter((one.code, one.value) for each in chunks for one in each.rejections)
        notices = [notice for chunk in chunks for notice in chunk.notices]
        return taken, refused, {one.code: one.data["count"] for one in notices}

    alone, often = found(1), found(300)
    assert alone[0].total() + alone[1].total() == len(rows)
    for few, many in zip(alone, often, strict=True):
        assert {name: count * 300 for name, count in few.items()} == dict(many)


def test_the_order_of_day_and_month_can_be_given() -> None:
    rows, _ = read(orders(dates=["1/3/25"]), "orders", date_order="dmy")
    assert days(rows) == ["2025-03-01"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1234.5", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1，234.50", "1234.50"),
        ("￥1,234.50", "1234.50"),
        ("¥1234.5", "1234.50"),
        ("RMB 1,234.50", "1234.50"),
        ("CNY1234.50", "1234.50"),
        ("1234.50元", "1234.50"),
        ("人民币1234.50元", "1234.50"),
        ("(120.00)", "-120.00"),
        ("（120.00）", "-120.00"),
        ("(￥1,120.00)", "-1120.00"),
        ("-120", "-120.00"),
        ("−120", "-120.00"),
        ("120-", "-120.00"),
        ("-￥120", "-120.00"),
        ("￥-120", "-120.00"),
        ("1.2万", "12000.00"),
        ("1.2万元", "12000.00"),
        ("1.2w", "12000.00"),
        ("￥3W元", "30000.00"),
        ("500k", "500000.00"),
        ("3亿", "300000000.00"),
        ("１２３４．５０", "1234.50"),
        ("1.2E+05", "120000.00"),
        ("+5", "5.00"),
        (".5", "0.50"),
        ("2.345", "2.35"),
        ("-2.345", "-2.35"),
        ("0.285", "0.29"),
        ("1.005", "1.01"),
        ("2.3449999", "2.34"),
        ("9.995", "10.00"),
        ("0", "0.00"),
        ("1234567890123.999", "1234567890124.00"),
    ],
)
def test_money_is_read_exactly(written: str, meant: str) -> None:
    rows, rejections = read(orders(amounts=[written]), "orders", decimal=".")
    assert rejections == []
    assert money(rows) == [meant]


@pytest.mark.parametrize("written", ["abc", "1.2.3", "--5", "1-2", "约100", "1 23", "12$34"])
def test_what_is_no_amount_is_rejected(written: str) -> None:
    _, [rejection] = read(orders(amounts=[written]), "orders")
    assert (rejection.code, rejection.value) == ("bad-money", written)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("12%", "percent-not-money"),
        ("1,23", "decimal-unclear"),
        ("1.500", "decimal-unclear"),
        ("#REF!", "spreadsheet-error"),
        ("#VALUE!", "spreadsheet-error"),
    ],
)
def test_what_is_nearly_an_amount_is_rejected_for_what_it_is(written: str, code: str) -> None:
    _, [rejection] = read(orders(amounts=[written]), "orders")
    assert (rejection.code, rejection.value) == (code, written)


def test_money_beyond_sixteen_digits_is_rejected() -> None:
    _, rejections = read(orders(amounts=["12345678901234567", "1e17", "99999999999999999.99"]))
    assert [rejection.code for rejection in rejections] == ["money-too-large"] * 3


@pytest.mark.parametrize("written", ["", " ", "-", "—", "N/A", "无", "#N/A", "　"])
def test_what_means_nothing_is_missing(written: str) -> None:
    _, [rejection] = read(orders(amounts=[written]), "orders")
    assert (rejection.code, rejection.line) == ("value-missing", 1)


def test_a_semicolon_file_with_decimal_commas(tmp_path) -> None:
    path = csv_file(
        tmp_path, "Customer;Order date;Amount\nAcme;03/01/2025;1.234,56\nBolt;04/01/2025;1.500\n"
    )
    rows, _ = read(path, "orders")
    assert money(rows) == ["1234.56", "1500.00"]
    assert days(rows) == ["2025-01-03", "2025-01-04"]


def test_a_semicolon_file_with_decimal_points(tmp_path) -> None:
    path = csv_file(
        tmp_path, "customer;order date;amount\nA1;2025-01-03;1,234.56\nB1;2025-01-03;1.5\n"
    )
    assert money(read(path, "orders")[0]) == ["1234.56", "1.50"]


@given(st.integers(min_value=-(10**17), max_value=10**17))
def test_money_comes_back_as_it_was_written(cents: int) -> None:
    amount = Decimal(cents) / 100
    sign, size = "-" if amount < 0 else "", abs(amount)
    brackets = f"({size:,.2f})" if amount < 0 else f"{size:,.2f}"
    written = [f"{amount:.2f}", f"{amount:,.2f}", f"{sign}￥{size:,.2f}", brackets, f"{size:.2f}元"]
    rows, rejections = read(orders(amounts=written), "orders")
    if abs(cents) >= 10**18:
        assert len(rejections) == len(written)
    else:
        assert money(rows) == [f"{amount:.2f}"] * 4 + [f"{size:.2f}"]


@given(st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=5))
def test_money_rounds_half_up(amount: Decimal) -> None:
    rows, _ = read(orders(amounts=[f"{amount:f}"]), "orders")
    assert rows["amount"][0] == amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


BLANK_DATES = (dt.date(1900, 1, 1), dt.date(1970, 1, 1))


@given(
    st.dates(min_value=dt.date(1900, 1, 1), max_value=TODAY).filter(
        lambda day: day not in BLANK_DATES
    )
)
def test_a_date_comes_back_however_it_was_written(day: dt.date) -> None:
    written = [
        day.isoformat(), f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day} 8:05", f"{day:%Y%m%d}", f"{day:%Y-%m-%dT%H:%M:%S}",
    ]  # fmt: skip
    rows, rejections = read(orders(dates=written), "orders")
    assert rejections == []
    assert set(days(rows)) == {day.isoformat()}


def test_ids_keep_zeros_and_lose_what_cannot_be_seen() -> None:
    frame = pl.DataFrame(
        {
            "客户编号": ["007", "Ａ００１", "'0012", "\u200bC1\ufeff", " C 1\n", "A\tB"],
            "下单日期": ["2025-01-03"] * 6,
            "金额": ["1"] * 6,
        }
    )
    rows, _ = read(frame, "orders")
    assert rows["customer_id"].to_list() == ["007", "A001", "0012", "C1", "C 1", "A B"]


def test_numbers_in_text_columns_become_plain_ids() -> None:
    frame = pl.DataFrame({"客户编号": [1001.0, 20250103000123.0],
                          "下单日期": [dt.date(2025, 1, 3)] * 2,
                          "金额": [1.005, 2.0]})  # fmt: skip
    rows, _ = read(frame, "orders")
    assert rows["customer_id"].to_list() == ["1001", "20250103000123"]
    assert money(rows) == ["1.01", "2.00"]


def test_yes_and_no_as_people_write_them(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "客户编号,姓名,主要联系人,手机\n"
        "C1,李明,是, 138-0000 0001\nC1,王芳,N,+86 139\nC1,张三,也许,1\n",
    )
    rows, rejections = read(path, "contacts")
    assert rejections == []
    assert rows["is_primary"].to_list() == [True, False, None]
    assert rows["phone"].to_list() == ["138-0000 0001", "+86 139", "1"]
    assert notices(path, "contacts") == ["cells-bad-boolean"]


def test_credit_days_are_whole_days(tmp_path) -> None:
    path = csv_file(tmp_path, "客户编号,账期\nC1,30\nC2,月结60天\nC3,45天\nC4,1.5\n")
    rows, rejections = read(path, "customers")
    assert rejections == []
    assert rows["credit_days"].to_list() == [30, 60, 45, None]
    assert notices(path, "customers") == ["cells-bad-integer"]


def test_a_foreign_row_is_converted_by_its_rate(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "客户编号,日期,金额,成本,币种,汇率\nC1,2025-01-03,100.05,50,美元,7.1255\n"
        "C2,2025-01-03,$10,5,USD,7\nC3,2025-01-03,10,5,人民币,\nC4,2025-01-03,10,5,,\n"
        "C5,2025-01-03,10,5,EUR,\n",
    )
    rows, [rejection] = read(path, "orders")
    # 100.05 × 7.1255 = 712.906275; 50 × 7.1255 = 356.275
    assert money(rows) == ["712.91", "70.00", "10.00", "10.00"]
    assert money(rows, "cost") == ["356.28", "35.00", "5.00", "5.00"]
    assert (rejection.line, rejection.code) == (6, "currency-needs-rate")


@pytest.mark.parametrize("written", ["¥", "￥", "元", "人民币", "CNY", "RMB"])
def test_the_base_currency_may_be_written_in_any_way(tmp_path, written: str) -> None:
    path = csv_file(tmp_path, f"客户编号,日期,金额,币种\nC1,2025-01-03,10,{written}\n")
    rows, rejections = read(path, "orders")
    assert (money(rows), rejections) == (["10.00"], [])


def test_a_foreign_mark_without_a_rate_is_rejected() -> None:
    _, [rejection] = read(orders(amounts=["US$100"]), "orders")
    assert rejection.code == "currency-needs-rate"


def test_the_base_currency_can_be_another(monkeypatch) -> None:
    monkeypatch.setenv("KEFEN_CURRENCY", "USD")
    assert money(read(orders(amounts=["$1,200"]), "orders")[0]) == ["1200.00"]


def test_a_quantity_may_carry_its_unit(tmp_path) -> None:
    written = ["2盒", "3 件", "1.5kg", "-1（箱）", "1,200 pcs", "7", "2万", "2打", "3k", "五箱"]
    lines = "".join(f'S{n},甲,2025-01-03,茶,"{each}",10\n' for n, each in enumerate(written))
    path = csv_file(tmp_path, f"订单号,客户,日期,商品,数量,单价\n{lines}")
    rows, rejections = read(path)
    assert rows["quantity"].to_list() == [2, 3, 1.5, -1, 1200, 7, 20000]
    assert rows["amount"].to_list()[:3] == [20, 30, 15]
    assert len(rejections) == 3
    assert "quantities-with-unit" in notices(path)


def test_quantity_times_price_stands_in_for_a_missing_amount(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "订单号,客户编号,日期,数量,单价\nS1,C1,2025-01-03,3,0.335\nS1,C1,2025-01-03,-2,10\n",
    )
    rows, _ = read(path)
    assert money(rows) == ["1.01", "-20.00"]  # 3 × 0.335 = 1.005


def test_refunds_that_all_carry_a_minus_are_money_given_back(tmp_path) -> None:
    path = csv_file(
        tmp_path, "客户编号,退货日期,退货金额\nC1,2025-01-03,-12\nC2,2025-01-03,(3.5)\n"
    )
    assert money(read(path)[0]) == ["12.00", "3.50"]


def test_a_row_tells_all_its_faults_at_once() -> None:
    frame = pl.DataFrame({"客户编号": [""], "下单日期": ["soon"], "金额": ["much"]})
    _, [rejection] = read(frame, "orders")
    codes = [rejection.code, *(fault.code for fault in rejection.also)]
    assert sorted(codes) == ["bad-date", "bad-money", "customer-missing"]
