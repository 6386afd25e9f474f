"""Data that tell nothing: never a crash, never quietly the worst class."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from classing import classes, customers, rows, scheme, words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefen import schemes
from kefen.explain import explain
from kefen.schemes.adjustments import hold
from kefen.schemes.methods import METHODS

MONEY = pa.decimal128(18, 2)
HALF = classes(0.5, field="upto")
ITEMS = [
    {"indicator": "sales", "normalise": {"by": "minmax"}},
    {"indicator": "profit", "missing": "skip", "normalise": {"by": "zscore"}},
    {"indicator": "growth", "missing": "zero"},
]
BY_HAND = [item | {"weight": weight} for item, weight in zip(ITEMS, (50, 30, 20), strict=True)]
SKIPPING = [item | {"missing": "skip"} for item in ITEMS]
CAP = {
    "when": {"indicator": "growth", "below": 0},
    "at_most": "B",
    "reason": {"zh": "下滑", "en": "shrinking"},
}
NEW = {"indicator": "tenure", "below": 90}
JUDGED = {
    "by": "ahp",
    "judgements": [
        {"more": "sales", "than": "profit", "times": 2},
        {"more": "sales", "than": "growth", "times": 4},
        {"more": "profit", "than": "growth", "times": 2},
    ],
}
RFM = schemes.load("rfm").dump()
TRIED = {
    **{name: schemes.load(name) for name in ("abc", "pyramid", "rfm-segments", "weighted")},
    "fixed": scheme("threshold", indicator="growth", classes=classes(0.5, -1, field="at_least")),
    "rules": scheme(
        "rules",
        rules=[
            {"class": "A", "when": {"indicator": "growth", "at_least": 0}},
            {"class": "B", "when": {"any": [{"attribute": "region", "is": "A"}, {"not": NEW}]}},
        ],
        classes=[{"key": key, "title": words(key)} for key in "ABC"],
        **{"else": "C"},
    ),
    **{
        f"cluster-{by}": scheme(
            "cluster",
            indicators=[{"indicator": n, "scale": by} for n in ("sales", "growth", "recency")],
            classes=[{"key": key, "title": words(key)} for key in "ABC"],
        )
        for by in ("zscore", "minmax", "log")
    },
    "matrix": scheme(
        "matrix",
        rows=schemes.load("abc").dump(),
        columns=scheme("share", indicator="growth", classes=HALF).dump() | {"name": "growing"},
        classes=[
            {"key": "A", "title": words("A"), "cells": [{"row": "A"}, {"column": "A"}]},
            {"key": "B", "title": words("B")},
        ],
    ),
    "real": scheme("share", indicator="growth", classes=HALF),
    "lower": scheme(
        "quantile",
        indicator="recency",
        better="lower",
        classes=[part | {"share": 0.5} for part in classes(1, field="share")],
        hysteresis={"margin": "5%"},
        caps=[CAP],
    ),
    "score": scheme("weighted", indicators=BY_HAND, classes=classes(50, field="at_least")),
    "customers": scheme("weighted", indicators=BY_HAND, cut="customers", classes=HALF),
    "value": scheme("weighted", indicators=BY_HAND, cut="value", classes=HALF, caps=[CAP]),
    "entropy": scheme(
        "weighted",
        indicators=ITEMS,
        weights={"by": "entropy"},
        classes=classes(50, field="at_least"),
    ),
    "critic": scheme(
        "weighted",
        indicators=SKIPPING,
        weights={"by": "critic"},
        classes=classes(50, field="at_least"),
    ),
    "ahp": scheme("weighted", indicators=ITEMS, weights=JUDGED, cut="customers", classes=HALF),
    **{
        f"rfm-{by}-{of}": schemes.load(RFM | {"name": f"{by}-{of}", "split": {"by": by, "of": of}})
        for by, of in (("mean", "score"), ("median", "value"), ("mean", "value"))
    },
}

money = st.sampled_from([0, -5, 100]) | st.integers(-(10**6), 10**9)
whole = st.sampled_from([0, 1]) | st.integers(0, 4000)
real = st.sampled_from([0.0, -1.0, float("nan"), float("inf"), -float("inf"), 5e-324]) | st.floats(
    -1e15, 1e15
)
day = st.dates(date(2000, 1, 1), date(2030, 1, 1))
word = st.sampled_from(["A", "老客户", ""])


def kind(request: Any) -> tuple[pa.DataType, st.SearchStrategy[Any]]:
    """The type of a column and what may be in it."""
    indicator = request.definition()
    if indicator.kind != "number":
        return (pa.date32(), day) if indicator.kind == "date" else (pa.string(), word)
    if indicator.unit in ("count", "days"):
        return pa.int64(), whole
    if indicator.unit == "money" and indicator.name != "average_order_value":
        return MONEY, money.map(lambda cents: Decimal(cents).scaleb(-2))
    return pa.float64(), real


def columns(wanted: schemes.Scheme) -> dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]]:
    found = {request.column: kind(request) for request in wanted.requests()}
    return found | {
        wanted.attribute_column(name): (pa.string(), word) for name in wanted.attributes()
    }


@st.composite
def people(draw: Any, wanted: schemes.Scheme) -> pa.Table:
    """Few customers; each column all missing, all equal, of few values or of any."""
    size = draw(st.integers(0, 6))
    found: dict[str, Any] = {"customer_id": [str(at) for at in range(size)]}
    schema = [("customer_id", pa.string())]
    for name, (type_, values) in columns(wanted).items():
        shape = draw(st.sampled_from(["missing", "equal", "some", "any"]))
        same = draw(values)
        some = {
            "missing": st.none(),
            "equal": st.just(same),
            "some": st.none() | st.just(same) | values,
            "any": values,
        }[shape]
        found[name] = draw(st.lists(some, min_size=size, max_size=size))
        schema.append((name, type_))
    return pa.table(found, schema=pa.schema(schema))


def needed(wanted: schemes.Scheme) -> list[str]:
    """Columns without which a customer cannot be rated."""
    if wanted.method in ("weighted", "rules", "matrix"):
        return [*map(wanted.column, wanted.minimum)]
    return [*map(wanted.column, wanted.references()), *map(wanted.column, wanted.minimum)]


@pytest.mark.parametrize("name", TRIED)
@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_data_break_a_method(engine: Any, name: str, data: Any) -> None:
    wanted = TRIED[name]
    table = ibis.memtable(data.draw(people(wanted)))
    standard = schemes.fit(wanted, table, engine)
    again = schemes.read_standard(standard.model_dump_json())
    assert again == standard
    assigned = hold(wanted, again, schemes.assign(wanted, again, table))
    if not standard.customers:
        assert standard.notes
    keys = wanted.keys()
    for row in engine.backend.to_pyarrow(assigned).to_pylist():
        told = explain(wanted, again, row)
        assert told.class_ == row["class"]
        assert row["class"] is None or row["class"] in keys
        assert told.score == row["score"]
        if any(unknown(row[column]) for column in needed(wanted)):
            assert row["class"] is None
        for lang in ("en", "zh"):
            assert "{" not in told.text(lang)


def unknown(value: object) -> bool:
    return value is None or value != value or value in (float("inf"), -float("inf"))


def test_every_method_is_tried() -> None:
    assert {one.method for one in TRIED.values()} == set(METHODS)


def test_no_value_to_share(engine: Any) -> None:
    """Nobody bought: shares of value are shares of customers, and the standard says so."""
    wanted = TRIED["value"]
    table = customers(sales=[0, -5, 0], profit=[3, 2, 1], growth=[0.1, 0.2, 0.3])
    standard = schemes.fit(wanted, table, engine)
    assert [(n.code, n.column) for n in standard.notes] == [("nothing-positive", "sales")]
    found = rows(engine, schemes.assign(wanted, standard, table))
    assert {row["class"] for row in found} == {"A", "B"}
