"""Further attributes of customers are pieced together by heading, file after file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[kefen.Ledger]:
    opened = kefen.open(tmp_path)
    yield opened
    opened.close()


FIRST = pl.DataFrame({"客户编号": ["C1", "C2"], "车型": ["SUV", None], "爱好": ["茶", "棋"]})
SECOND = pl.DataFrame(
    {"客户编号": ["C1", "C2"], "爱好": ["酒", None], "来源渠道备注": [None, "展会"]}
)


def attributes(ledger: kefen.Ledger) -> dict[str, dict[str, str]]:
    rows = ledger.table("customers").select("customer_id", "attributes").to_polars().rows()
    return {customer: json.loads(text or "{}") for customer, text in rows}


def test_a_second_file_adds_and_replaces_by_heading(ledger: kefen.Ledger) -> None:
    ledger.load(FIRST, "customers")
    batch = ledger.load(SECOND, "customers")
    assert batch.replaced == 2
    assert attributes(ledger) == {
        "C1": {"车型": "SUV", "爱好": "酒"},
        "C2": {"爱好": "棋", "来源渠道备注": "展会"},
    }
    assert ledger.load(FIRST.filter(pl.col("客户编号") == "C2"), "customers").unchanged == 1


def test_undo_takes_back_what_one_file_said(ledger: kefen.Ledger) -> None:
    first = ledger.load(FIRST, "customers")
    second = ledger.load(SECOND, "customers")
    third = ledger.load(FIRST.head(1).with_columns(pl.lit("MPV").alias("车型")), "customers")
    ledger.undo(second.id)
    assert attributes(ledger) == {"C1": {"车型": "MPV", "爱好": "茶"}, "C2": {"爱好": "棋"}}
    ledger.undo(third.id)
    assert attributes(ledger) == {"C1": {"车型": "SUV", "爱好": "茶"}, "C2": {"爱好": "棋"}}
    ledger.undo(first.id)
    assert attributes(ledger) == {}


def test_a_file_that_erases_replaces_all_of_them(ledger: kefen.Ledger) -> None:
    ledger.load(FIRST, "customers")
    ledger.load(SECOND, "customers", blanks="erase")
    later = ledger.load(FIRST.head(1).drop("爱好"), "customers")
    assert attributes(ledger) == {
        "C1": {"爱好": "酒", "车型": "SUV"},
        "C2": {"来源渠道备注": "展会"},
    }
    ledger.undo(later.id)
    assert attributes(ledger) == {"C1": {"爱好": "酒"}, "C2": {"来源渠道备注": "展会"}}


def test_owners_that_a_file_cannot_erase_are_told(ledger: kefen.Ledger) -> None:
    ledger.load(pl.DataFrame({"客户编号": ["C1", "C2"], "负责人": ["王", "李"]}), "customers")
    emptied = pl.DataFrame({"客户编号": ["C1", "C2"], "负责人": [None, "陈"]})
    batch = ledger.load(emptied, "customers", blanks="erase")
    assert [n.data for n in batch.notices if n.code == "owners-not-erased"] == [{"count": 1}]
    owners = ledger.table("customers").select("customer_id", "owner").to_polars().rows()
    assert dict(owners) == {"C1": "王", "C2": "陈"}


def test_a_heading_gives_an_attribute_by_another_name(ledger: kefen.Ledger) -> None:
    shops = pl.DataFrame(
        {"客户编号": ["C1", "C2"], "所属行业": ["店一", None], "爱好": ["茶", "棋"]}
    )
    mapping = {"所属行业": "attributes.常去门店"}  # by its words it would be the industry
    ledger.load(shops, "customers", mapping)
    told = {"C1": {"常去门店": "店一", "爱好": "茶"}, "C2": {"爱好": "棋"}}
    assert attributes(ledger) == told
    [known] = ledger.mappings()
    assert known.mapping["所属行业"] == "attributes.常去门店"
    ledger.load(shops.with_columns(pl.lit("店二").alias("所属行业")), "customers")  # as remembered
    assert {one["常去门店"] for one in attributes(ledger).values()} == {"店二"}
    assert ledger.inspect(shops, "customers").named == {"所属行业": "常去门店"}
    with pytest.raises(kefen.KefenError) as twice:
        ledger.load(shops, "customers", {"所属行业": "attributes.a", "爱好": "attributes.a"})
    assert twice.value.code == "column-twice"
    orders = pl.DataFrame({"客户编号": ["C1"], "日期": ["2026-01-01"], "金额": ["1"], "店": ["x"]})
    with pytest.raises(kefen.KefenError) as refused:
        ledger.load(orders, "orders", {"店": "attributes.常去门店"})
    assert refused.value.code == "unknown-target"
