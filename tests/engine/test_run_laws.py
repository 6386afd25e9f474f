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
LAW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


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
@given(ORDERS, st.randoms())
def test_the_order_of_rows_does_not_matter(orders: Any, random: Any) -> None:
    rows = frame(orders)
    mixed = rows.sample(fraction=1, shuffle=True, seed=random.randrange(1000))
    for one, other in zip(graded(rows), graded(mixed), strict=True):
        assert classes(one) == classes(other)


@LAW
@given(ORDERS)
def test_the_unit_of_money_does_not_matter(orders: Any) -> None:
    for one, other in zip(graded(frame(orders)), graded(frame(orders, 10)), strict=True):
        assert classes(one) == classes(other)


@LAW
@given(ORDERS)
def test_more_sales_never_give_a_worse_class(orders: Any) -> None:
    for run in graded(frame(orders))[:2]:
        rows = run.classes.to_polars().filter(pl.col("class").is_not_null())
        keys = run.scheme.keys()
        places = [keys.index(key) for key in rows.sort("sales", descending=True)["class"]]
        assert places == sorted(places)


@LAW
@given(ORDERS)
def test_one_customer_alone_gets_the_class_it_has_among_all(orders: Any) -> None:
    ledger = kefen.from_frames(orders=frame(orders))
    requests = {r.column: r for name in METHODS for r in schemes.load(name).requests()}
    table = kefen.indicators.compute(ledger, list(requests.values()), AS_OF)
    for run in graded(ledger):
        together = classes(run)
        for customer in sorted(together)[:2]:
            row = table.filter(table.customer_id == customer)
            alone = schemes.assign(run.scheme, run.standard, row).to_polars()
            assert alone["class"].to_list() == [together[customer]]


@LAW
@given(ORDERS)
def test_everybody_is_counted_once(orders: Any) -> None:
    for run in graded(frame(orders)):
        everyone = {customer for customer, _, _ in orders}
        assert set(classes(run)) == everyone
        assert run.customers == len(everyone)
        assert sum(c["share_of_customers"] for c in run.counts) == pytest.approx(1)
