"""Indicators registered by a program, and the frames a provider may give back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import polars as pl
import pytest

import kefen
from kefen import indicators
from kefen.errors import IndicatorError
from kefen.indicators import Request
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


FAULTS: dict[str, tuple[dict[str, list[Any]], Any, str]] = {
    "twice": ({"customer_id": ["ann", "ann"], "footfall": [5, 1]}, "count", "customer-twice"),
    "strangers": ({"customer_id": [7, 8], "footfall": [5, 1]}, "count", "customers-unknown"),
    "infinite": (ROWS | {"footfall": [1.0, float("inf")]}, "ratio", "infinite"),
    "text as money": (ROWS | {"footfall": ["9", "1"]}, "money", "wrong-type"),
    "number as text": (ROWS, "text", "wrong-type"),
    "truth as money": (ROWS | {"footfall": [True, False]}, "money", "wrong-type"),
    "text as date": (ROWS | {"footfall": ["2025-01-01", None]}, "date", "wrong-type"),
    "ids that are no codes": (ROWS | {"customer_id": [1.5, 2.5]}, "count", "customers-unknown"),
}


@pytest.mark.parametrize("kind", ["pandas", "ibis"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_table_that_cannot_be_is_refused_by_its_indicator(
    ledger: kefen.Ledger, fault: str, kind: str
) -> None:
    columns, unit, code = FAULTS[fault]
    indicators.register("footfall", lambda *_: given(columns, kind), unit=unit)
    with pytest.raises(IndicatorError) as refused:
        indicators.compute(ledger, [Request("footfall", "12m")], date(2026, 1, 1))
    assert refused.value.code == f"provider-{code}"
    assert refused.value.data["indicators"] == ["footfall"]
    for lang in ("zh", "en"):
        told = describe(refused.value, lang)
        assert "footfall" in told
        assert "{" not in told


def test_customers_that_the_ledger_does_not_know_are_told(ledger: kefen.Ledger) -> None:
    people = {"customer_id": ["ann", "x4", "x3", "x2", "x1"], "footfall": [5, 1, 1, 1, 1]}
    indicators.register("footfall", lambda *_: given(people, "pandas"), unit="count")
    run = kefen.grade(ledger, scheme(), "2026-01-01")
    [note] = [one for one in run.notes if one.code == "customers-unknown"]
    assert (note.column, note.count, note.near) == ("footfall", 4, ["x1", "x2", "x3"])
    assert "gave 4 customers that the ledger does not know" in " ".join(run.remarks())


@pytest.mark.parametrize(
    ("needs", "near"),
    [({"sales": ("amuont",)}, "sales.amount"), ({"paymets": ("amount",)}, "payments")],
)
def test_what_no_ledger_has_cannot_be_needed(needs: dict[str, tuple[str, ...]], near: str) -> None:
    with pytest.raises(IndicatorError, match="indicator-needs-unknown") as refused:
        indicators.register("footfall", lambda *_: None, needs=needs)
    assert refused.value.data["near"][0] == near


def given(columns: dict[str, list[Any]], kind: str) -> Any:
    frame = pl.DataFrame(columns)
    make = {"pandas": frame.to_pandas, "arrow": frame.to_arrow}
    return ibis.memtable(frame) if kind == "ibis" else make.get(kind, lambda: frame)()


def test_numbers_that_are_none_are_missing_and_ids_are_texts() -> None:
    people = {"customer_id": ["7", "8", "9"], "ordered_on": ["2025-05-01"] * 3, "amount": ["1"] * 3}
    numbered = kefen.from_frames(orders=pl.DataFrame(people))
    columns = {"customer_id": [7.0, 8.0, None], "footfall": [float("nan"), 2.5, 1.0]}
    indicators.register("footfall", lambda *_: given(columns, "pandas"), absent=0.5)
    empty = {"customer_id": [7], "unknown": [None]}
    indicators.register("unknown", lambda *_: given(empty, "pandas"), unit="money")
    asked = [Request("footfall", "12m"), Request("unknown", "12m")]
    found = indicators.compute(numbered, asked, date(2026, 1, 1)).to_polars()
    assert found.sort("customer_id")["footfall"].to_list() == [0.5, 2.5, 0.5]
    assert found["unknown"].to_list() == [None] * 3
    assert found.schema["unknown"] == pl.Decimal(18, 2)


def test_a_function_that_fails_is_told_by_its_indicator(ledger: kefen.Ledger) -> None:
    def fails(*_: Any) -> Any:
        return 1 / 0

    indicators.register("footfall", fails)
    with pytest.raises(IndicatorError, match="footfall failed: ZeroDivisionError") as refused:
        kefen.grade(ledger, scheme(), "2026-01-01")
    assert refused.value.code == "provider-failed"
    assert isinstance(refused.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("function", "more", "code"),
    [
        (5, {}, "indicator-not-function"),
        (lambda ledger, as_of: None, {}, "indicator-not-function"),
        (lambda *_: None, {"better": "up"}, "indicator-bad-option"),
        (lambda *_: None, {"absent": "none"}, "indicator-bad-option"),
        (lambda *_: None, {"absent": float("nan")}, "indicator-bad-option"),
        (lambda *_: None, {"absent": 0, "unit": "text"}, "indicator-bad-option"),
    ],
)
def test_what_cannot_be_registered(function: Any, more: Any, code: str) -> None:
    with pytest.raises(IndicatorError) as refused:
        indicators.register("footfall", function, **more)
    assert refused.value.code == code
    assert "{" not in describe(refused.value, "zh") + describe(refused.value, "en")


@pytest.mark.parametrize(
    ("name", "unit", "code"),
    [
        ("sales", "money", "indicator-name-taken"),
        ("class_state", "text", "indicator-name-taken"),
        ("customer_id", "text", "indicator-name-taken"),
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
