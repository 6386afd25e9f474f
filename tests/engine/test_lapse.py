"""Lapsed customers: known, but without a purchase in the window."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen.schemes.lapse import LAPSED

if TYPE_CHECKING:
    from pathlib import Path

    from kefen.ledger import Ledger

AS_OF = date(2026, 1, 1)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Ann 14 and Dan 3 in 2025; Cid 700 less 20 in 2023; Liu 40 on the day before the year.

    Eve never bought.
    """
    orders = pl.DataFrame(
        {
            "customer_id": ["ann", "ann", "cid", "dan", "liu"],
            "order_id": ["1", "2", "3", "4", "5"],
            "ordered_on": [
                *("2025-05-01", "2025-06-01", "2023-05-01"),
                *("2025-01-01", "2024-12-31"),
            ],
            "amount": ["9", "5", "700", "3", "40"],
        }
    )
    returns = pl.DataFrame(
        {"customer_id": ["cid"], "returned_on": ["2023-06-01"], "amount": ["20"]}
    )
    names = pl.DataFrame({"customer_id": ["ann", "cid", "dan", "liu", "eve"]})
    ledger = kefen.open(tmp_path_factory.mktemp("data"))
    for kind, frame in (("customers", names), ("orders", orders), ("returns", returns)):
        ledger.load(frame, kind=kind)
    return ledger


@pytest.fixture(scope="module")
def run(ledger: Ledger) -> kefen.Run:
    return kefen.grade(ledger, "abc", AS_OF)


def test_the_lapsed_are_told_from_the_unrated(run: kefen.Run) -> None:
    states = run.classes.to_polars().select("customer_id", "class", "class_state").rows()
    assert states == [
        ("ann", "A", "rated"),
        ("cid", None, "lapsed"),
        ("dan", "C", "rated"),  # 17 in all: 3 more than 95 % of it
        ("eve", None, "unrated"),
        ("liu", None, "lapsed"),
    ]


def test_they_keep_their_last_purchase_and_past_worth(run: kefen.Run) -> None:
    rows = run.classes.to_polars().filter(pl.col("class_state") == "lapsed")
    assert rows.select("customer_id", "last_purchase", "past_worth").rows() == [
        ("cid", date(2023, 5, 1), Decimal(680)),
        ("liu", date(2024, 12, 31), Decimal(40)),
    ]


def test_they_are_counted_on_their_own(run: kefen.Run) -> None:
    *_, lapsed, unrated = run.counts
    assert (lapsed["class"], lapsed["state"], lapsed["customers"]) == (None, "lapsed", 2)
    assert (lapsed["last_purchase"], lapsed["past_worth"]) == (date(2024, 12, 31), Decimal(720))
    assert (unrated["state"], unrated["customers"]) == ("unrated", 1)
    assert sum(count["share_of_customers"] for count in run.counts) == 1
    assert "(lapsed)" in repr(run)


def test_a_saved_run_says_the_same(ledger: Ledger, run: kefen.Run) -> None:
    assert kefen.run.open_run(ledger, run.id).counts == run.counts


def test_a_run_of_before_they_were_told_can_be_read(ledger: Ledger) -> None:
    run = kefen.grade(ledger, "value-tiers", AS_OF)
    old = run.classes.to_polars().drop("class_state", "last_purchase", "past_worth")
    old.write_parquet(run.folder / "classes.parquet")
    record: Path = run.folder / "run.json"
    said = json.loads(record.read_text(encoding="utf-8"))
    for count in said["counts"]:
        for name in ("state", "last_purchase", "past_worth"):
            count.pop(name, None)
    record.write_text(json.dumps(said), encoding="utf-8")
    read = kefen.run.open_run(ledger, run.id)
    assert [count["state"] for count in read.counts][-1] == "unrated"
    assert read.explain("eve").state == "unrated"
    assert kefen.compare(read, read).stable == 1


def test_the_explanation_says_when_and_how_much(run: kefen.Run) -> None:
    told = run.explain("cid")
    assert (told.class_, told.state) == (None, "lapsed")
    assert told.text("en") == (
        "Lapsed\n"
        "- No purchase since 2025-01-01. The last one was on 2023-05-01, 976 days before; "
        "all purchases came to 680.\n"
        "Counted: 12 months, 2025-01-01 to 2025-12-31."
    )
    assert told.text("zh").startswith("沉睡\n- 2025-01-01 以来没有购买。")
    assert told.to_dict()["past_worth"] == "680.00"


def test_who_never_bought_stays_unrated(run: kefen.Run) -> None:
    assert run.explain("eve").text("en").startswith("Unrated\n- Orders: 0;")


@pytest.mark.parametrize("scheme", ["pyramid", "weighted", "abc-profit", "value-potential"])
def test_every_method_tells_them(ledger: Ledger, scheme: str) -> None:
    rows = kefen.grade(ledger, scheme, AS_OF).classes.to_polars()
    lapsed = rows.filter(pl.col("class_state") == "lapsed")["customer_id"].to_list()
    assert lapsed == ["cid", "liu"]


def test_recency_frequency_and_money_look_at_all_of_history(ledger: Ledger) -> None:
    run = kefen.grade(ledger, "rfm", AS_OF)
    # Of four by recency ann 214, dan 365, liu 366, cid 976; by money cid 680, liu 40, ann 14.
    assert run.explain("cid").class_ == "important-retain"
    assert {count["state"] for count in run.counts} == {"rated", "unrated"}


def test_a_scheme_that_reads_no_sales_calls_nobody_lapsed(ledger: Ledger) -> None:
    states = kefen.grade(ledger, "payment-risk", AS_OF).classes.to_polars()["class_state"]
    assert set(states) == {"unrated"}


def test_who_lacks_something_else_in_the_window_is_unrated(ledger: Ledger) -> None:
    """Ann and Dan bought, at unknown cost: nothing is known of their profit."""
    rows = kefen.grade(ledger, "abc-profit", AS_OF).classes.to_polars()
    assert rows.filter(pl.col("customer_id") == "ann")["class_state"].item() == "unrated"


def test_who_bought_on_the_first_day_of_the_window_has_not_lapsed(ledger: Ledger) -> None:
    """Dan bought once, on 2025-01-01, of the two times asked for; Liu the day before."""
    twice = kefen.schemes.load("abc").dump() | {"minimum": {"orders": 2}}
    rows = kefen.grade(ledger, twice, AS_OF).classes.to_polars()
    states = dict(rows.select("customer_id", "class_state").rows())
    assert (states["ann"], states["dan"], states["liu"]) == ("rated", "unrated", "lapsed")


def test_moves_name_who_lapsed_and_who_came_back(ledger: Ledger, run: kefen.Run) -> None:
    before = kefen.grade(ledger, "abc", date(2024, 1, 1))
    forth, back = kefen.compare(before, run), kefen.compare(run, before)
    # Cid from A. Liu's first order came later: he was no customer then, and is new.
    assert forth.money_moved["lapsed"]["customers"] == 1
    assert back.money_moved["returned"]["customers"] == 1
    assert ("A", LAPSED) in {(cell["from"], cell["to"]) for cell in forth.matrix}
    assert "1 lapsed" in forth.text("en")
    assert "重新购买" in back.text("zh")


def test_a_class_set_by_hand_is_a_class(ledger: Ledger) -> None:
    decided = kefen.schemes.Override("cid", "B", "coming back", "Ann", AS_OF)
    told = kefen.grade(ledger, "abc", AS_OF, overrides=[decided])
    row = told.classes.row(customer_id="cid") or {}
    assert (row["class"], row["class_state"]) == ("B", "rated")
