"""Frames of every library, and rejected rows that come back mended."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import ibis
import polars as pl
import pytest
import yaml
from messy_files import csv_file, days, money, read

import kefen.ledger.reading
from kefen.errors import ReadingError
from kefen.ledger.reading import REJECTED_BECAUSE, SOURCE_LINE, open_reader
from kefen.wording import catalogue, sentence

FRAME = pl.DataFrame(
    {
        "customer_id": ["C1", "C2"],
        "order_date": [dt.date(2025, 1, 3), dt.date(2025, 1, 4)],
        "amount": [Decimal("1.50"), Decimal("-2.00")],
    }
)


@pytest.mark.parametrize(
    "source",
    [
        FRAME,
        FRAME.lazy(),
        FRAME.to_arrow(),
        FRAME.to_arrow().to_reader(),
        FRAME.to_pandas(),
        FRAME.to_pandas().set_index("customer_id"),
        ibis.memtable(FRAME.to_arrow()),
    ],
    ids=["polars", "lazy", "arrow", "stream", "pandas", "indexed", "ibis"],
)
def test_frames(source) -> None:
    rows, rejections = read(source)
    assert rejections == []
    assert rows["customer_id"].to_list() == ["C1", "C2"]
    assert days(rows) == ["2025-01-03", "2025-01-04"]
    assert money(rows) == ["1.50", "-2.00"]
    assert rows["_line"].to_list() == [1, 2]
    assert rows.schema["amount"] == pl.Decimal(18, 2)


def test_a_pandas_column_of_mixed_types() -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "客户编号": [1001, "A2", 3.0],
            "下单日期": [pd.Timestamp("2025-01-03"), "2025/1/4", dt.date(2025, 1, 5)],
            "金额": [1, "2.50元", None],
        }
    )
    rows, [rejection] = read(frame)
    assert rows["customer_id"].to_list() == ["1001", "A2"]
    assert days(rows) == ["2025-01-03", "2025-01-04"]
    assert money(rows) == ["1.00", "2.50"]
    assert (rejection.line, rejection.code) == (3, "value-missing")


def test_times_with_a_zone_fall_on_the_business_day() -> None:
    frame = pl.DataFrame(
        {
            "customer_id": ["C1"],
            "order date": [dt.datetime(2025, 1, 3, 20, tzinfo=dt.UTC)],
            "amount": [1],
        }
    )
    assert days(read(frame)[0]) == ["2025-01-04"]
    assert days(read(frame, timezone="Europe/London")[0]) == ["2025-01-03"]


def test_what_is_no_frame() -> None:
    with pytest.raises(ReadingError) as caught:
        open_reader(42)
    assert (caught.value.code, caught.value.data) == ("unknown-source", {"type": "int"})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_mended_file_of_rejections_is_read_again(tmp_path, lang) -> None:
    head = f"客户名称,日期,金额,{SOURCE_LINE[lang]},{REJECTED_BECAUSE[lang]}"
    path = csv_file(tmp_path, f"{head}\n明达,2025-01-03,1,17,下单日期 is wrong\n")
    found = open_reader(path).preview
    assert found.kind == "orders"
    assert found.unmapped == []
    assert read(path)[0].height == 1


def test_a_reason_names_place_and_value_in_both_languages(tmp_path) -> None:
    _, [rejection] = read(csv_file(tmp_path, "客户名称,日期,金额\n明达,2025-01-03,约100\n"))
    assert sentence(rejection.code, rejection.data, "en") == (
        "Line 2: 金额 “约100” is not an amount. Write it as 1234.50."
    )
    assert "第 2 行" in sentence(rejection.code, rejection.data, "zh")


def test_every_code_has_both_languages() -> None:
    folder = Path(kefen.ledger.reading.__file__).parent
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    raised = set(re.findall(r'(?:ReadingError|Notice)\(\s*"([a-z-]+)"', source))
    raised |= set(re.findall(r'(?:code=|code = |\["|, |else )"([a-z]+(?:-[a-z]+)+)"', source))
    raised |= {"bad-money", "bad-number", "bad-integer", "bad-boolean", "bad-date", "ragged-row"}
    worded = yaml.safe_load((files("kefen.wording") / "reading.yaml").read_text("utf-8"))
    assert {code for code in raised if code not in worded} - {
        "utf-8",
        "utf-8-sig",
        "utf-16-le",
    } == set()
    for code in worded:
        assert catalogue()[code]["en"], code
        assert catalogue()[code]["zh"], code
