"""Tables whose columns cannot be told apart are refused with what parts them; archives, too."""

from __future__ import annotations

import io
import zipfile

import pytest
from messy_files import csv_file, read

from kefen.errors import ReadingError
from kefen.wording import sentence


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("客户，日期，金额", "headings-in-one-cell", "，"),
        ("客户   日期   金额", "columns-by-blanks", "客户 日期 金额"),
        ('"客户,日期,金额"', "lines-in-quotes", "客户,日期,金额"),
    ],
)
def test_headings_in_one_cell(tmp_path, line, code, said) -> None:
    row = line.replace("客户", "明达").replace("日期", "2025-03-01").replace("金额", "100")
    with pytest.raises(ReadingError, match=code) as refused:
        read(csv_file(tmp_path, f"{line}\n{row}\n"))
    assert all(said in sentence(code, refused.value.data, lang) for lang in ("zh", "en"))


def test_an_archive_of_tables_names_them() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("orders.csv", "客户,日期,金额\n")
    with pytest.raises(ReadingError, match="archive-of-files") as refused:
        read(packed)
    assert refused.value.data["files"] == ["orders.csv"]


def test_the_example_of_an_unclear_amount_is_what_buyers_paid(tmp_path) -> None:
    head = "订单号,客户,日期,菜品原价,用户实付,商家实收,订单已退款金额"
    with pytest.raises(ReadingError, match="column-unclear") as asked:
        read(csv_file(tmp_path, f"{head}\n1,a,2025-03-01,50.00,40.00,35.00,0.00\n"))
    assert asked.value.data["likely"] == "用户实付"


def test_a_refunds_list_of_a_shop_is_returns(tmp_path) -> None:
    head = "退款编号,订单编号,买家会员名,退款申请时间,退款状态,买家退款金额,是否退货"
    rows, _ = read(csv_file(tmp_path, f"{head}\nR1,T1,tb1,2025-03-01 10:00:00,退款成功,50,是\n"))
    assert (rows["return_id"].to_list(), rows["customer_name"].to_list()) == (["R1"], ["tb1"])
