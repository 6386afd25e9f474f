"""Laws every run keeps, whatever the data."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefen
from kefen import schemes

FIRST = date(2024, 1, 1)
AS_OF = date(2025, 1, 1)
METHODS = ["abc", "value-tiers", "rfm", "weighted"]

ORDER = st.tuples(
    st.sampled_from([f"c{n}" for n in range(8)]),
    st.integers(0, 365),  # day of 2024
    st.integers(-500_00, 5000_00),  # fen
)
ORDERS = st.lists(ORDER, min_size=1, max_size=40)
LAW = settings(max_examples=5, suppress_health_check=list(HealthCheck))


def frame(orders: list[tuple[str, int, int]], scale: int = 1) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order_id": [f"o{n}" for n in range(len(orders))],
            "customer_id": [customer for customer, _, _ in orders],
            "ordered_on": [FIRST + timedelta(days=day) for _, day, _ in orders],
            "amount": [f"{fen * scale / 100:.2f}" for _, _, fen in orders],
        }
    )


def classes(run: kefen.Run) -> dict[str, Any]:
    return dict(run.classes.to_polars().select("customer_id", "class").rows())


def graded(source: Any) -> list[kefen.Run]:
    return kefen.grade_many(source, METHODS, as_of=AS_OF)


@LAW
@given(ORDERS, st.integers(0, 1000))
def test_laws_of_a_run(orders: Any, seed: int) -> None:
    ledger = kefen.from_frames(orders=frame(orders))
    runs = graded(ledger)
    neither_the_order_of_rows_nor_the_unit_of_money_matters(runs, orders, seed)
    for run in runs:
        everybody_is_counted_once(run, {customer for customer, _, _ in orders})
    for run in runs[:2]:
        more_sales_never_give_a_worse_class(run)
    one_alone_gets_the_class_it_has_among_all(ledger, runs)


def neither_the_order_of_rows_nor_the_unit_of_money_matters(
    runs: list[kefen.Run], orders: Any, seed: int
) -> None:
    """Tenfold and in another order at once: neither may change a class."""
    other = graded(frame(orders, 10).sample(fraction=1, shuffle=True, seed=seed))
    for run, changed in zip(runs, other, strict=True):
        assert classes(run) == classes(changed)


def everybody_is_counted_once(run: kefen.Run, everyone: set[str]) -> None:
    assert set(classes(run)) == everyone
    assert run.customers == len(everyone)
    rated = any(c["customers"] for c in run.counts if c["class"] is not None)
    assert sum(c["share_of_customers"] for c in run.counts) == pytest.approx(float(rated))


def more_sales_never_give_a_worse_class(run: kefen.Run) -> None:
    rows = run.classes.to_polars().filter(pl.col("class").is_not_null())
    places = [run.scheme.keys().index(key) for key in rows.sort("sales", descending=True)["class"]]
    assert places == sorted(places)


def one_alone_gets_the_class_it_has_among_all(ledger: kefen.Ledger, runs: list[kefen.Run]) -> None:
    requests = {r.column: r for name in METHODS for r in schemes.load(name).requests()}
    table = kefen.indicators.compute(ledger, list(requests.values()), AS_OF)
    for run in runs:
        customer, together = min(classes(run).items())
        row = table.filter(table.customer_id == customer)
        alone = schemes.assign(run.scheme, run.standard, row).to_polars()
        assert alone["class"].to_list() == [together]
