"""Indicators registered by a program, and the frames a provider may give back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import polars as pl
import pytest

import kefen
from kefen import indicators
from kefen.errors import IndicatorError
from kefen.run import Frame
from kefen.wording import describe

ROWS = {"customer_id": ["ann", "bob"], "footfall": [5, 2]}
MAKE = {
    "polars": lambda: pl.DataFrame(ROWS),
    "lazy": lambda: pl.LazyFrame(ROWS),
    "pandas": lambda: pl.DataFrame(ROWS).to_pandas(),
    "pandas by index": lambda: pl.DataFrame(ROWS).to_pandas().set_index("customer_id"),
    "arrow": lambda: pl.DataFrame(ROWS).to_arrow(),
    "ibis": lambda: ibis.memtable(pl.DataFrame(ROWS)),
}


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    people = {"customer_id": ["ann", "bob"], "ordered_on": ["2025-05-01"] * 2}
    return kefen.from_frames(orders=pl.DataFrame(people | {"amount": ["1", "2"]}))


def scheme() -> dict[str, Any]:
    words = {"zh": "甲", "en": "A"}
    classes = [{"key": "A", "title": words, "at_least": 3}, {"key": "B", "title": words}]
    told = {"name": "own", "title": words, "method": "threshold", "indicator": "footfall"}
    return told | {"classes": classes}


@pytest.mark.parametrize("kind", MAKE)
def test_a_scheme_speaks_of_what_was_registered(ledger: kefen.Ledger, kind: str) -> None:
    indicators.register("footfall", lambda *_: MAKE[kind](), unit="count", label="Footfall")
    run = kefen.grade(ledger, scheme(), "2026-01-01")
    classes = run.classes.to_polars().select("customer_id", "class", "footfall").rows()
    assert classes == [("ann", "A", 5), ("bob", "B", 2)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (7, "provider-not-table"),
        (pl.DataFrame({"footfall": [1]}), "provider-lacks-column"),
        (pl.DataFrame({"customer_id": ["a", "a"], "footfall": [1, 2]}), "provider-customer-twice"),
    ],
)
def test_what_is_no_table_of_customers_is_refused(
    ledger: kefen.Ledger, given: Any, code: str
) -> None:
    indicators.register("footfall", lambda *_: given)
    with pytest.raises(IndicatorError) as refused:
        kefen.grade(ledger, scheme(), "2026-01-01")
    assert refused.value.code == code
    assert "{" not in describe(refused.value, "zh") + describe(refused.value, "en")


@pytest.mark.parametrize(
    ("name", "unit", "code"),
    [
        ("sales", "money", "indicator-name-taken"),
        ("No Name", "money", "bad-indicator"),
        ("foot", "feet", "bad-indicator"),
    ],
)
def test_names_and_units_that_cannot_be(name: str, unit: Any, code: str) -> None:
    with pytest.raises(IndicatorError) as refused:
        indicators.register(name, lambda *_: None, unit=unit)
    assert refused.value.code == code


def test_an_unknown_indicator_has_three_names_near_it() -> None:
    with pytest.raises(IndicatorError) as refused:
        indicators.find("qqq")
    assert len(refused.value.data["near"]) == 3


def test_money_in_pandas_is_exact_or_a_float() -> None:
    frame = Frame(pl.DataFrame({"m": ["1.10", "2.20"]}).cast(pl.Decimal(18, 2)))
    assert frame.to_pandas()["m"].sum() == Decimal("3.30")
    floats = frame.to_pandas(money="float")
    assert floats["m"].dtype == "float64"
    assert floats["m"].tolist() == [1.1, 2.2]
