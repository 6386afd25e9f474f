"""Every indicator comes to the same on a Spark cluster as on DuckDB, customer by customer."""

from __future__ import annotations

import nasty
import polars as pl
import pytest
from alike import differences, frame

from kefen.indicators import Request, catalogue, compute
from kefen.predict.history import summary

WINDOWS = ("12m", "all")
EVER = ("sales", "profit", "orders", "categories", "main_channel", "growth")
"""Those that are asked over all of history too."""
FITTED = (
    "p_alive",
    "expected_spend",
    "expected_purchases",
    "lifetime_value",
    "p_alive_bg_nbd",
    "expected_purchases_bg_nbd",
    "churn_probability",
)
"""What a search for a maximum ends at; it does not end at the same digit twice anywhere."""


@pytest.fixture(scope="module")
def measured(both):
    """All indicators at once, by engine."""
    requests = [Request(name, "12m", f"{name} 12m") for name in catalogue()]
    requests += [Request(name, "all", f"{name} all") for name in EVER]
    return [frame(one.engine, compute(one, requests, nasty.AS_OF)) for one in both]


@pytest.mark.parametrize("name", list(catalogue()))
def test_same_values(measured, name):
    duck, spark = measured
    assert duck["customer_id"].equals(spark["customer_id"])
    assert duck["customer_id"].len() == nasty.CUSTOMERS
    for column in (c for c in duck.columns if c.split(" ")[0] == name):
        within = 1e-3 if name in FITTED else 1e-12
        assert not differences(duck[column], spark[column], duck["customer_id"], within)
        if name != "churn_reason" and column.endswith("12m"):
            assert duck[column].null_count() < duck.height, "nothing was compared"


def test_models_learn_from_the_same_histories(both):
    duck, spark = (summary(one, nasty.AS_OF) for one in both)
    assert duck.purchases.equals(spark.purchases)
    assert duck.spend.equals(spark.spend)


def test_every_kind_of_fact_reads_the_same(both):
    for kind in nasty.KINDS:
        duck, spark = (pl.DataFrame(one.engine.fetch(one.table(kind))) for one in both)
        assert duck.height == nasty.ROWS[kind] == both[1].count(kind)
        assert duck.schema == spark.schema
        key = list(nasty.KINDS[kind].key)
        assert duck.sort(key).equals(spark.sort(key))


def test_past_versions_and_spans(both):
    duck, spark = both
    assert duck.span() == spark.span()
    past = [one.engine.fetch(one.at(2).table("customers")).num_rows for one in both]
    assert past == [nasty.CUSTOMERS, nasty.CUSTOMERS]
    assert spark.at(2).count("orders") == 0
    assert spark.at(2).table("orders").schema() == duck.table("orders").schema()
    assert spark.engine.fetch(spark.at(2).table("orders")).num_rows == 0
