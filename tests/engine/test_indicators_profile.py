"""Every profile indicator worked out by hand, as of 2025-01-01."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from ledgers import by_customer

import kefen
from kefen.indicators import profile

AS_OF = date(2025, 1, 1)
#                         ann           bob           cem
CARDS: dict[str, list[Any]] = {
    "customer_id": ["ann", "bob", "cem"],
    "name": ["Ann", None, "Cem"],
    "region": ["East", " ", None],
    "province": ["Shanghai", None, None],
    "city": ["Shanghai", None, None],
    "industry": ["Retail", None, None],
    "size": ["small", None, None],
    "customer_type": ["dealer", None, None],
    "owner": ["Wang", "Li", None],
    "source_channel": ["fair", None, None],
    "status": ["active", None, None],
    "birthday": ["1990-01-01", "2007-01-02", None],
    "founded_on": ["2010-12-31", "2025-06-01", None],
    "registered_on": ["2024-12-31", None, None],
    "credit_limit": ["100.50", None, None],
    "credit_days": ["30", None, None],
    "职业": ["教师", None, None],
    "年龄": [None, None, "66"],
}
EXPECTED: dict[str, list[Any]] = {
    **{
        name: [CARDS[name][0], None, None]
        for name in ("region", "province", "city", "industry", "size", "customer_type")
    },
    "owner": ["Wang", "Li", None],
    "source_channel": ["fair", None, None],
    "status": ["active", None, None],
    "occupation": ["教师", None, None],
    "age": [35, 17, 66],  # ann on her birthday, bob the day before his
    "age_band": ["35-44", "<18", "65+"],
    "founded_year": ["2010", "2025", None],
    "company_age": [14, None, None],  # the day after its 14th year ended; bob's lies ahead
    "days_on_file": [1, None, None],
    "credit_limit": [Decimal("100.50"), None, None],
    "credit_days": [30, None, None],
    # 15 columns are known of anyone: nobody has phone, email, address or contact.
    # bob has an owner, a birthday and a founding date.
    "file_completeness": [1.0, 3 / 15, 1 / 15],
}


@pytest.fixture(scope="module")
def found() -> pl.DataFrame:
    ledger = kefen.from_frames(customers=pl.DataFrame(CARDS))
    return by_customer(ledger, list(EXPECTED), AS_OF)


@pytest.mark.parametrize("name", EXPECTED)
def test_worked_out_by_hand(found: pl.DataFrame, name: str) -> None:
    assert found[name].to_list() == EXPECTED[name]


def test_every_indicator_is_worked_out_here() -> None:
    assert set(EXPECTED) == {indicator.name for indicator in profile.INDICATORS}


def test_a_band_in_the_file_stands_as_it_is() -> None:
    cards = pl.DataFrame({"customer_id": ["ann"], "age": ["45-54"]})
    found = by_customer(kefen.from_frames(customers=cards), ["age", "age_band"], AS_OF)
    assert found.row(0) == ("ann", None, "45-54")


@pytest.mark.parametrize(
    ("born", "band"),
    [("2007-01-01", "18-24"), ("2000-01-01", "25-34"), ("1980-01-01", "45-54")],
)
def test_bands_begin_on_the_birthday(born: str, band: str) -> None:
    cards = pl.DataFrame({"customer_id": ["ann"], "birthday": [born]})
    found = by_customer(kefen.from_frames(customers=cards), ["age_band"], AS_OF)
    assert found["age_band"][0] == band
