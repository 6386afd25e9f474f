"""Periods, days without a year, moments, spelled amounts, headings that come in two languages."""

from __future__ import annotations

import pytest
from messy_files import csv_file

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader


def read(tmp_path, *lines: str, **options):
    """Days and amounts of the rows, and the codes that are told."""
    reader = open_reader(csv_file(tmp_path, "\n".join(lines) + "\n"), **options)
    chunks = list(reader.chunks())
    rows = [row for chunk in chunks for row in chunk.rows.to_dicts()]
    codes = {notice.code for chunk in chunks for notice in chunk.notices}
    return [(str(row["ordered_on"]), float(row["amount"])) for row in rows], codes


@pytest.mark.parametrize(
    ("head", "cells", "days"),
    [
        ("月份", ("2025-01", "2025年2月"), ("2025-01-01", "2025-02-01")),
        ("Month", ("Jan 2024", "Feb 2024"), ("2024-01-01", "2024-02-01")),
        ("年,月", ("2025,1", "2025,12"), ("2025-01-01", "2025-12-01")),
        ("季度", ("2025Q1", "2025年第二季度"), ("2025-01-01", "2025-04-01")),
        ("年度,季度", ("2025,3", "2025,4"), ("2025-07-01", "2025-10-01")),
    ],
)
def test_a_period_is_its_first_day_and_told(tmp_path, head, cells, days) -> None:
    rows = f"甲,{cells[0]},100", f"乙,{cells[1]},200"
    found, codes = read(tmp_path, f"客户,{head},销售额", *rows)
    assert found == [(days[0], 100), (days[1], 200)]
    assert "days-of-periods" in codes


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (("2025年3月明细", "客户,日期,金额", "甲,3月1日,1", "乙,3.15,2"), ("03-01", "03-15")),
        (("2025年流水", "月,日,客户,金额", "3,1,甲,1", ",2,乙,2"), ("03-01", "03-02")),
        (("2025年3月送货", "日,客户,金额", "1,甲,1", "2,乙,2"), ("03-01", "03-02")),
    ],
)
def test_the_year_of_a_title_holds(tmp_path, lines, days) -> None:
    found, codes = read(tmp_path, *lines)
    assert [day for day, _ in found] == [f"2025-{day}" for day in days]
    assert "year-from-title" in codes


def test_moments_are_days_of_the_time_zone(tmp_path) -> None:
    rows = "1,甲,1740787200,100", "2,乙,1740873600000,200"  # 2025-03-01 and 02, 00:00 UTC
    found, codes = read(tmp_path, "订单号,客户,下单时间,金额", *rows)
    assert found == [("2025-03-01", 100), ("2025-03-02", 200)]
    assert "dates-of-moments" in codes


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("300.00元整", 300),
        ("负8", -8),
        ("人民币叁佰元整", 300),
        ("壹万贰仟零伍元陆角柒分", 12005.67),
    ],
)
def test_amounts_that_are_spelled(tmp_path, text, amount) -> None:
    found, _ = read(tmp_path, "单号,客户,日期,金额", f"1,甲,2025-03-01,{text}")
    assert found == [("2025-03-01", amount)]


def test_headings_once_more_in_another_language(tmp_path) -> None:
    head = "Order No.,Customer,Order Date,Amount", "订单号,客户,下单日期,金额"
    found, codes = read(tmp_path, *head, "1,甲,2025-03-01,100")
    assert (len(found), "heading-row-skipped" in codes) == (1, True)


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("ageing-report", ("客户,应收余额,30天以内,31-60天,90天以上", "甲,6,1,2,3", "乙,3,1,1,1")),
        ("ageing-report", ("Name,Current,1 - 30,31 - 60,91 and over", "A,1,2,3,4", "B,1,1,1,1")),
        ("pivot-table", ("行标签,求和项:金额", "甲,100", "乙,200")),
        ("months-as-columns", ("客户,业务员,1月,2月", "甲,张三,100,50", "乙,李四,20,30")),
        ("months-as-columns", ("客户,2025-01-03,2025-01-04", "甲,100,50", "乙,,30")),
        ("months-as-columns", ("Customer,03/01/2025,04/01/2025", "A,100,50", "B,,30")),
        ("months-as-columns", ("客户,第1周,第2周", "甲,100,50", "乙,20,")),
        (
            "table-on-its-side",
            ("名称,明达,永昌", "日期,2025-03-01,2025-03-02", "金额,1,2", "单号,1,2"),
        ),
        (
            "tables-side-by-side",
            ("单号,日期,客户,金额,,退货单号,退货日期,客户,退货金额", "1,2025-03-01,甲,9,,,,,"),
        ),
        ("period-too-long", ("客户,年度,销售额", "甲,2024,100", "乙,2025,200")),
    ],
)
def test_tables_that_are_no_lists_of_facts(tmp_path, code, lines) -> None:
    with pytest.raises(ReadingError) as refused:
        read(tmp_path, *lines)
    assert refused.value.code == code


def test_groups_within_groups_are_of_the_outer_customer(tmp_path) -> None:
    lines = (
        ",Date,Transaction Type,Num,Product/Service,Memo,Qty,Sales Price,Amount,Balance",
        "Acme,,,,,,,,,",
        "   7 Main Road,,,,,,,,,",
        ",02/13/2025,Invoice,1,Rocks,,3,12,36,36",
        "   Total for 7 Main Road,,,,,,3,,$36.00,",
        "Total for Acme with sub-customers,,,,,,3,,$36.00,",
        "Bolt,,,,,,,,,",
        ",02/14/2025,Invoice,2,Rocks,,1,12,12,12",
        "Total for Bolt,,,,,,1,,$12.00,",
    )
    reader = open_reader(csv_file(tmp_path, "\n".join(lines) + "\n"))
    chunks = list(reader.chunks())
    names = [name for chunk in chunks for name in chunk.rows["customer_name"]]
    told = [n.data["count"] for c in chunks for n in c.notices if n.code == "groups-within-groups"]
    assert (names, told) == (["Acme", "Bolt"], [1])


def test_a_month_that_a_spreadsheet_has_cut_is_october(tmp_path) -> None:
    found, _ = read(tmp_path, "期间,客户,金额", "2025.01,甲,1", "2025.1,甲,2", "2025.11,乙,3")
    assert [day for day, _ in found] == ["2025-01-01", "2025-10-01", "2025-11-01"]
