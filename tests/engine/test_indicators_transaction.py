"""Every transaction indicator on a ledger small enough to work out by hand.

As of 2025-01-01 over 12 months, the window is [2024-01-01, 2025-01-01). All amounts in yuan.

  ann    order a1, 2024-02-29, web:   food 100 (cost 60, 2 units) + food 50 (cost 30, 1 unit)
         order a2, 2024-12-31, shop:  toys 200 (cost 100, 4 units)
         order a3, 2023-06-15, web:   food 140 (cost 70)            previous window
         return 2024-03-05: 50 (cost 30)
  bob    order b1, 2024-05-01, shop:  toys 80, cost not known
         order b2, 2024-05-01, web:   food 80 (cost 50)             the same day
  cem    header-only order c1, 2024-07-01, phone: 300 (cost 200)
         return 2024-08-01: 400 (cost 250)                          more than was bought
  dan    order d1, 2025-01-01: 999                                  the as-of day: does not count
         order d2, 2023-12-31: 500                                  the day before the window
  eve    order e1, 2024-04-04, web:   food 0 and food -20           no purchase
  fay    nothing at all
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

import kefen
from kefen.indicators import Request, catalogue, compute, transaction
from kefen.ledger.facts import KINDS
from kefen.period import Window

AS_OF = date(2025, 1, 1)

LINES = """
a1 1 ann 2024-02-29 100 food 2 60  web
a1 2 ann 2024-02-29 50  food 1 30  web
a2 1 ann 2024-12-31 200 toys 4 100 shop
a3 1 ann 2023-06-15 140 food 1 70  web
b1 1 bob 2024-05-01 80  toys 1 -   shop
b2 1 bob 2024-05-01 80  food 1 50  web
d1 1 dan 2025-01-01 999 food 1 1   web
d2 1 dan 2023-12-31 500 food 1 1   web
e1 1 eve 2024-04-04 0   food 1 0   web
e1 2 eve 2024-04-04 -20 food 1 0   web
"""
# a1 has a header too; its amount of 150 must not be counted beside its lines.
ORDERS = """
a1 ann 2024-02-29 150 90  web
c1 cem 2024-07-01 300 200 phone
"""
RETURNS = """
r1 ann 2024-03-05 50  30
r2 cem 2024-08-01 400 250
"""


def rows(text: str, *columns: str) -> pl.DataFrame:
    cells = [[None if c == "-" else c for c in line.split()] for line in text.strip().splitlines()]
    return pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String), orient="row")


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    return kefen.from_frames(
        customers=pl.DataFrame({"customer_id": ["ann", "bob", "cem", "dan", "eve", "fay"]}),
        order_lines=rows(
            LINES,
            *("order_id", "line_no", "customer_id", "ordered_on", "amount"),
            *("category", "quantity", "cost", "channel"),
        ),
        orders=rows(ORDERS, "order_id", "customer_id", "ordered_on", "amount", "cost", "channel"),
        returns=rows(RETURNS, "return_id", "customer_id", "returned_on", "amount", "cost"),
    )


def values(ledger: kefen.Ledger, name: str, window: str = "12m", as_of: date = AS_OF) -> list[Any]:
    table = compute(ledger, [Request(name, Window.parse(window))], as_of)
    return table.order_by("customer_id").to_polars()[name].to_list()


D = Decimal
#         ann          bob     cem      dan        eve      fay
EXPECTED: dict[str, list[Any]] = {
    "sales": [D(300), D(160), D(-100), D(0), D(-20), D(0)],
    # ann 300 - (190 - 30); bob lacks a cost; cem -100 - (200 - 250); eve -20 - 0
    "profit": [D(140), None, D(-50), D(0), D(-20), D(0)],
    "margin": [140 / 300, None, None, None, None, None],
    "orders": [2, 2, 1, 0, 0, 0],
    "average_order_value": [150.0, 80.0, -100.0, None, None, None],
    "recency": [1, 245, 184, None, None, None],  # 2024-12-31, 2024-05-01, 2024-07-01
    "tenure": [566, 245, 184, 367, None, None],  # ann since 2023-06-15, dan since 2023-12-31
    "frequency": [2, 1, 1, 0, 0, 0],
    "purchase_interval": [306.0, None, None, None, None, None],  # 02-29 to 12-31 of a leap year
    "share_of_sales": [300 / 460, 160 / 460, -100 / 460, 0.0, -20 / 460, 0.0],
    # The ledger begins on 2023-06-15: of the whole of 2023 it cannot tell.
    "growth": [None] * 6,
    "channels": [2, 2, 1, 0, 0, 0],
    "main_channel": ["shop", "shop", "phone", None, None, None],  # bob: 80 each, first by name
    "categories": [2, 2, None, 0, 0, 0],  # cem bought, but of no known category
    "lines": [3, 2, 1, 0, 2, 0],
    "quantity": [7.0, 2.0, None, 0.0, 2.0, 0.0],
    "returns_amount": [D(50), D(0), D(400), D(0), D(0), D(0)],
    "return_rate": [50 / 350, 0.0, 400 / 300, None, None, None],
    "first_order_on": [
        *(date(2023, 6, 15), date(2024, 5, 1), date(2024, 7, 1), date(2023, 12, 31), None, None),
    ],
    "last_order_on": [
        *(date(2024, 12, 31), date(2024, 5, 1), date(2024, 7, 1), date(2023, 12, 31), None, None),
    ],
}


@pytest.fixture(scope="module")
def together(ledger: kefen.Ledger) -> pl.DataFrame:
    requests = [Request(name, Window.parse("12m")) for name in EXPECTED]
    return compute(ledger, requests, AS_OF).order_by("customer_id").to_polars()


@pytest.mark.parametrize("name", EXPECTED)
def test_worked_out_by_hand(together: pl.DataFrame, name: str) -> None:
    for got, expected in zip(together[name].to_list(), EXPECTED[name], strict=True):
        assert got == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize("name", ["sales", "margin", "orders", "main_channel", "tenure", "growth"])
def test_alone_as_together(ledger: kefen.Ledger, together: pl.DataFrame, name: str) -> None:
    assert values(ledger, name) == together[name].to_list()


def test_every_indicator_is_worked_out_here() -> None:
    assert set(EXPECTED) == {indicator.name for indicator in transaction.INDICATORS}


def test_money_stays_exact(ledger: kefen.Ledger) -> None:
    assert all(isinstance(value, Decimal) for value in values(ledger, "sales"))


def test_a_purchase_counts_from_the_day_after(ledger: kefen.Ledger) -> None:
    """dan's order of 2025-01-01 is out on that day and in on the next."""
    assert values(ledger, "sales", "1d", date(2025, 1, 1))[3] == 0
    assert values(ledger, "sales", "1d", date(2025, 1, 2))[3] == 999
    assert values(ledger, "sales", "1d", date(2025, 1, 3))[3] == 0


def test_all_history(ledger: kefen.Ledger) -> None:
    """ann 350 + 140 - 50; dan 500."""
    assert values(ledger, "sales", "all") == [D(440), D(160), D(-100), D(500), D(-20), D(0)]
    assert values(ledger, "growth", "all") == [None] * 6


def test_a_year_back_from_a_leap_day_starts_on_the_28th(ledger: kefen.Ledger) -> None:
    """[2023-02-28, 2024-02-29): ann's a3 only; a1 is of the as-of day itself."""
    assert values(ledger, "sales", "1y", date(2024, 2, 29))[0] == 140
    # One month back from 2024-03-31 is 2024-02-29, which is inside.
    assert values(ledger, "sales", "1m", date(2024, 3, 31))[0] == 150 - 50


def test_an_empty_window(ledger: kefen.Ledger) -> None:
    assert values(ledger, "sales", "1d", date(2020, 1, 1)) == [0] * 6
    assert values(ledger, "share_of_sales", "1d", date(2020, 1, 1)) == [None] * 6
    assert values(ledger, "recency", "1d", date(2020, 1, 1)) == [None] * 6


def test_several_windows_at_once(ledger: kefen.Ledger) -> None:
    requests = [
        Request(name, Window.parse(window), f"{name}_{window}")
        for name in ("sales", "orders", "recency")
        for window in ("6m", "12m", "all")
    ]
    table = compute(ledger, requests, AS_OF).order_by("customer_id").to_polars()
    ann = table.row(0, named=True)
    assert [ann[f"sales_{w}"] for w in ("6m", "12m", "all")] == [200, 300, 440]
    assert [ann[f"orders_{w}"] for w in ("6m", "12m", "all")] == [1, 2, 3]
    assert table["recency_6m"].to_list() == [1, None, 184, None, None, None]
    assert table["recency_all"].to_list() == [1, 245, 184, 367, None, None]


def test_a_population_shares_its_own_sales(ledger: kefen.Ledger) -> None:
    customers = ledger.table("customers")
    two = customers.filter(customers.customer_id.isin(["ann", "bob"]))
    table = compute(ledger, [Request("share_of_sales", Window.parse("12m"))], AS_OF, two)
    shares = table.order_by("customer_id").to_polars()["share_of_sales"].to_list()
    assert shares == [pytest.approx(300 / 460), pytest.approx(160 / 460)]


def test_channel_of_a_line_falls_back_to_its_order() -> None:
    ledger = kefen.from_frames(
        order_lines=pl.DataFrame(
            {"order_id": ["x"], "line_no": [1], "customer_id": ["ann"]}
            | {"ordered_on": ["2024-06-01"], "amount": ["10"]}
        ),
        orders=pl.DataFrame(
            {"order_id": ["x"], "customer_id": ["ann"], "ordered_on": ["2024-06-01"]}
            | {"amount": ["10"], "channel": ["web"]}
        ),
    )
    assert values(ledger, "main_channel") == ["web"]
    assert values(ledger, "sales") == [10]


@pytest.mark.parametrize("many", [1, 63, 64, 200])
def test_any_number_of_categories(many: int) -> None:
    """Ann buys from each of them, bob from one, and one of his lines is of none."""
    lines = [("a", n, "ann", f"k{n}") for n in range(many)]
    lines += [("b", 1, "bob", "k0"), ("b", 2, "bob", "k0"), ("b", 3, "bob", None)]
    columns = ["order_id", "line_no", "customer_id", "category"]
    frame = pl.DataFrame(lines, schema=columns, orient="row")
    frame = frame.with_columns(ordered_on=pl.lit("2024-06-01"), amount=pl.lit("10"))
    assert values(kefen.from_frames(order_lines=frame), "categories") == [many, 1]


def test_a_ledger_of_orders_alone() -> None:
    ledger = kefen.from_frames(
        orders=pl.DataFrame(
            {"customer_id": ["ann", "ann"], "ordered_on": ["2024-06-01", "2024-06-11"]}
            | {"amount": ["10.10", "20.20"], "order_id": ["1", "2"]}
        )
    )
    assert values(ledger, "sales") == [D("30.30")]
    assert values(ledger, "purchase_interval") == [10.0]
    assert values(ledger, "categories") == [None]


def test_an_unknown_indicator_names_its_neighbours(ledger: kefen.Ledger) -> None:
    with pytest.raises(kefen.KefenError) as refused:
        compute(ledger, [Request("slaes", Window.parse("12m"))], AS_OF)
    assert refused.value.code == "unknown-indicator"
    assert "sales" in refused.value.data["near"]


def test_a_column_is_asked_for_once(ledger: kefen.Ledger) -> None:
    with pytest.raises(kefen.KefenError) as refused:
        compute(ledger, [Request("sales", Window.parse(w)) for w in ("3m", "6m")], AS_OF)
    assert refused.value.code == "indicator-column-twice"


@pytest.mark.parametrize("indicator", catalogue().values(), ids=lambda i: i.name)
def test_indicators_explain_themselves(indicator: kefen.indicators.Indicator) -> None:
    assert all(indicator.label[lang] and indicator.formula[lang] for lang in ("zh", "en"))
    for kind, columns in indicator.needs.items():
        assert set(columns) <= {column.name for column in KINDS[kind].columns}


def test_of_which_indicators_less_is_better() -> None:
    """Days since, money owed, what went wrong: a weighted scheme must say how it reads them."""
    less = {name for name, one in catalogue().items() if one.higher_is_better is False}
    assert less == {
        *("recency", "purchase_interval", "days_since_contact", "churn_probability"),
        *("complaints", "open_complaints", "returns_amount", "return_rate", "discount_share"),
        *("outstanding", "overdue_amount", "oldest_overdue_days", "average_days_late"),
        *("share_paid_late", "collection_period", "credit_use"),
    }
