"""Tables as programs for sales and accounts print them: what lands, what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.engine.messy_files import csv_file, days, money, read, xlsx_file

from kefen.errors import ReadingError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("lines", "amounts"),
    [
        pytest.param(
            [
                "客户名称 Customer,订单日期 Order Date,订单号 Order No.,金额 Amount(RMB)",
                "明达,2025-01-03,A1,10",
                "华联,2025-01-04,A2,20",
            ],
            ["10.00", "20.00"],
            id="headings in two languages",
        ),
        pytest.param(
            [
                "单据编号,单据日期,往来单位,摘要,优惠后金额,大写金额",
                "XS-2025-01-03-1,2025年1月3日,明达,,1200.5,壹仟贰佰元伍角",
                "XS-2025-01-04-1,2025年1月4日,华联,,300,叁佰元整",
            ],
            ["1200.50", "300.00"],
            id="the amount after a discount, and in words",
        ),
        pytest.param(
            [
                "日期,客户名称,单号,金额",
                "2025-01-03,明达,A1,10",
                "过次页,,,10",
                "日期,客户名称,单号,金额",
                "承前页,,,10",
                "2025-01-04,华联,A2,20",
                "本页小计,,,20",
            ],
            ["10.00", "20.00"],
            id="sums carried from page to page",
        ),
        pytest.param(
            [
                "客户名称,日期,金额",
                "明达,２０２５－０１－０３,１２００．５０",
                "华联,２０２５／０１／０４,￥３００",
            ],
            ["1200.50", "300.00"],
            id="full-width digits",
        ),
    ],
)
def test_what_lands(tmp_path: Path, lines: list[str], amounts: list[str]) -> None:
    rows, rejections = read(csv_file(tmp_path, "\n".join(lines)))
    assert (money(rows), days(rows)) == (amounts, ["2025-01-03", "2025-01-04"])
    assert not rejections


def test_names_of_groups_above_the_headings_say_no_kind(tmp_path: Path) -> None:
    groups = ["单据信息", None, "客户信息", None, "金额信息"]
    headings = ["单号", "日期", "客户编码", "客户名称", "金额"]
    rows, _ = read(
        xlsx_file(tmp_path, ("明细", [groups, headings, ["A1", "2025-01-03", "0012", "明达", 10]]))
    )
    assert (money(rows), rows["customer_id"].to_list()) == (["10.00"], ["0012"])


@pytest.mark.parametrize(
    "periods", ["2025年1月,2025年2月", "1月,2月", "2025-01,2025-02", "Jan-25,Feb-25", "Q1,Q2"]
)
def test_sums_by_period_are_refused_unless_they_are_customers(tmp_path: Path, periods: str) -> None:
    with pytest.raises(ReadingError) as asked:
        read(csv_file(tmp_path, f"客户名称,{periods}\n明达,10,20\n华联,1.5,2"))
    said = asked.value
    assert (said.code, said.data["periods"]) == ("months-as-columns", periods.split(","))
    rows, _ = read(csv_file(tmp_path, f"客户名称,{periods}\n明达,10,20\n华联,1.5,2"), "customers")
    assert rows["name"].to_list() == ["明达", "华联"]
