"""Every demand indicator worked out by hand, as of 2025-01-01 over 12 months.

drill  two products of one name and specification: p1 (brand Eco) and p2 (brand Lux); nail p3 has
       no choice beside it
ann    a1  p1 10 × 8 = 80 of list 100, discount 20    web
           p2  2 × 50 = 100, discount 0               web
       a2  p3 100 × 1 = 100, no discount told, list 1.25: 25 off     shop
bob    b1  p1 10 × 12 = 120, neither discount nor list price   shop
       header-only order b2 90, discount 10            web
cem    c1  2023: outside the window
Usual: p1 200 ÷ 20 = 10, p2 50, p3 1. Mean of the kind 30: p2 is premium (50 ≥ 36), p1 is not.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from ledgers import by_customer, rows

import kefen
from kefen.indicators import demand

if TYPE_CHECKING:
    import polars as pl

AS_OF = date(2025, 1, 1)
LINES = """
a1 1 ann 2024-02-01 80  p1 drill tools Eco 10mm 10  10   20 web
a1 2 ann 2024-02-01 100 p2 drill tools Lux 10mm 2   50   0  web
a2 1 ann 2024-03-01 100 p3 nail  parts Zed -    100 1.25 -  shop
b1 1 bob 2024-04-01 120 p1 drill tools Eco 10mm 10  -    -  shop
c1 1 cem 2023-04-01 120 p1 drill tools Eco 10mm 10  -    -  shop
"""
ORDERS = """
a1 ann 2024-02-01 180 20 web
b2 bob 2024-05-01 90  10 web
"""
TALK = """
ann 2024-02-02 service
ann 2024-02-03 维修
ann 2024-02-04 Service
ann 2024-02-05 visit
cem 2024-02-05 service
"""
EXPECTED: dict[str, list[Any]] = {
    # ann (20 + 0 + 25) of 280 + 45; bob's b1 tells nothing: 10 of 90 + 10.
    "discount_share": [45 / 325, 0.1, None],
    # ann 280 against 10 × 10 + 2 × 50 + 100 × 1; bob 120 against 100.
    "price_ratio": [280 / 300, 1.2, None],
    "premium_share": [100 / 180, 0.0, None],
    "service_contacts_per_order": [1.5, 0.0, None],
    "add_ons_per_order": [0.5, 0.0, None],  # ann: 3 lines of 2 orders
    "preferred_category": ["tools", "tools", None],
    "preferred_brand": ["Lux", "Eco", None],  # Lux and Zed 100 each: the first by name
    "preferred_specification": ["10mm", "10mm", None],
    "main_channel_share": [180 / 280, 120 / 210, None],
}


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    line = ("order_id", "line_no", "customer_id", "ordered_on", "amount", "product_id")
    goods = ("product_name", "category", "brand", "specification", "quantity", "list_price")
    order = ("order_id", "customer_id", "ordered_on", "amount", "discount", "channel")
    return kefen.from_frames(
        order_lines=rows(LINES, *line, *goods, "discount", "channel"),
        orders=rows(ORDERS, *order),
        interactions=rows(TALK, "customer_id", "happened_on", "type"),
    )


@pytest.fixture(scope="module")
def found(ledger: kefen.Ledger) -> pl.DataFrame:
    return by_customer(ledger, list(EXPECTED), AS_OF)


@pytest.mark.parametrize("name", EXPECTED)
def test_worked_out_by_hand(found: pl.DataFrame, name: str) -> None:
    assert found[name].to_list() == [
        pytest.approx(value) if isinstance(value, float) else value for value in EXPECTED[name]
    ]


def test_every_indicator_is_worked_out_here() -> None:
    assert set(EXPECTED) == {indicator.name for indicator in demand.INDICATORS}


def test_a_ledger_of_orders_alone() -> None:
    """A channel and a discount are known; of products nothing is."""
    columns = ("order_id", "customer_id", "ordered_on", "amount", "discount", "channel")
    found = by_customer(kefen.from_frames(orders=rows(ORDERS, *columns)), list(EXPECTED), AS_OF)
    names = ("discount_share", "price_ratio", "service_contacts_per_order", "main_channel_share")
    assert found.select(names).row(0) == (0.1, None, None, 1.0)
