"""Rows that are the sum of the rows below them, by a column of levels or by a blank cell."""

from __future__ import annotations

import pytest
from messy_files import csv_file, money, notices, read


@pytest.mark.parametrize(
    ("lines", "amounts"),
    [
        (("Level,Account,Date,Amount", "1,G,{d},300", "2,E,{d},100", "2,W,{d},200"), [100, 200]),
        (
            ("级次,客户,日期,金额", "一级,集团,{d},300", "二级,沪,{d},300", "三级,甲,{d},100",
             "三级,乙,{d},200", "一级,丙,{d},50"),
            [100, 200, 50],
        ),
        (
            ("客户,分公司,日期,金额", "甲,,{d},300", "甲,沪,{d},100", "甲,京,{d},200", "乙,,{d},7"),
            [100, 200, 7],
        ),
        (
            ("单号,客户,日期,品名,上级,金额", "1,甲,{d},盒,,9", "1,甲,{d},杯,盒,6",
             "1,甲,{d},盘,盒,3"),
            [6, 3],
        ),
    ],
)  # fmt: skip
def test_the_parts_count_once(tmp_path, lines: tuple[str, ...], amounts: list[int]) -> None:
    path = csv_file(tmp_path, "\n".join(lines).format(d="2025-03-01"))
    assert money(read(path)[0]) == [f"{amount}.00" for amount in amounts]
    assert "whole-rows-left" in notices(path)


@pytest.mark.parametrize(
    "lines",
    [
        ("客户级别,客户,日期,金额", "1,甲,{d},300", "2,乙,{d},100", "2,丙,{d},150"),
        ("客户,备注,日期,金额", "甲,,{d},9", "甲,急,{d},9", "乙,,{d},9", "乙,急,{d},9"),
    ],
)
def test_levels_and_blanks_that_do_not_add_up_change_nothing(tmp_path, lines) -> None:
    path = csv_file(tmp_path, "\n".join(lines).format(d="2025-03-01"))
    assert len(read(path)[0]) == len(lines) - 1
    assert not {"whole-rows-left", "whole-rows-doubted"} & set(notices(path))


def test_a_whole_that_is_no_sum_counts_and_is_told(tmp_path) -> None:
    head = "Level,Account,Date,Amount\n1,G,2025-03-01,300\n2,E,2025-03-01,100\n2,W,2025-03-01,200\n"
    path = csv_file(tmp_path, head + "1,H,2025-03-01,90\n2,N,2025-03-01,80\n")
    assert money(read(path)[0]) == ["100.00", "200.00", "90.00", "80.00"]
    assert {"whole-rows-left", "whole-rows-doubted"} <= set(notices(path))
