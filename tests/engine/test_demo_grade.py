"""All three companies load and grade by ABC as plain sorting and adding says they should.

Of the invented one a part is enough: it is as large as it is asked to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen import demo
from kefen.period import Window

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


def yearly_sales(facts: dict[str, pl.DataFrame], as_of: date) -> pl.DataFrame:
    """Sales less returns of the twelve months before `as_of`, biggest customer first."""
    start = Window.parse("12m").start(as_of)
    sold = facts.get("order_lines", facts.get("orders"))
    rows = [sold.select("customer_id", "amount", day="ordered_on")]
    if "returns" in facts:
        rows.append(facts["returns"].select("customer_id", -pl.col("amount"), day="returned_on"))
    return (
        pl.concat(rows, how="vertical_relaxed")
        .filter(pl.col("day").is_between(start, as_of, closed="left"))
        .group_by("customer_id")
        .agg((pl.col("amount") * 100).cast(pl.Int64).sum().alias("cents"))
        .sort("cents", descending=True)
    )


@pytest.mark.parametrize("name", demo.companies())
def test_abc_of_a_company(tmp_path: Path, name: str) -> None:
    as_of = demo.companies()[name].as_of
    ledger = kefen.open(tmp_path / "data")
    size = {"customers": 600} if name == "trade" else {}
    demo.load(ledger, name, **size)
    run = kefen.grade(ledger, "abc", as_of=as_of)
    ledger.close()

    sales = yearly_sales(demo.frames(name, **size), as_of)
    reached = sales["cents"].cum_sum() / sales["cents"].sum()
    counted = {entry["class"]: entry for entry in run.counts}
    assert counted["A"]["customers"] == (reached <= 0.75).sum()
    assert counted["B"]["customers"] == ((reached > 0.75) & (reached <= 0.95)).sum()
    rated = sum(entry["customers"] for key, entry in counted.items() if key)
    assert rated == sales.height
    money = sum(entry["value"] for key, entry in counted.items() if key)
    assert round(money * 100) == sales["cents"].sum()


def test_the_default_date_is_the_day_after_the_last_sale(tmp_path: Path) -> None:
    ledger = kefen.open(tmp_path / "data")
    demo.load(ledger, "cdnow")
    assert kefen.grade(ledger, "abc").as_of == demo.companies()["cdnow"].as_of
    ledger.close()
