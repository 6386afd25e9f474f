"""The pictures' data, on a company small enough to add up by hand."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen import pictures
from kefen.schemes.overrides import Override

if TYPE_CHECKING:
    from kefen.ledger import Ledger
    from kefen.run import Run

AS_OF = date(2026, 1, 1)


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """Sales of 2025: K1 700, K2 200, K3 60, K4 40 after 10 given back; K5 bought only in 2023."""
    orders = pl.DataFrame(
        {
            "customer_id": ["K1", "K1", "K2", "K3", "K4", "K5"],
            "ordered_on": [
                *("2025-03-01", "2025-12-31", "2025-06-01"),
                *("2025-07-01", "2025-08-01", "2023-01-01"),
            ],
            "amount": ["400", "300", "200", "60", "50", "999"],
        }
    )
    returns = pl.DataFrame({"customer_id": ["K4"], "returned_on": ["2025-09-01"], "amount": ["10"]})
    return kefen.from_frames(orders=orders, returns=returns)


@pytest.fixture(scope="module")
def abc(ledger: Ledger) -> Run:
    return kefen.grade(ledger, "abc", AS_OF)


def test_pyramid_has_shares_of_the_rated(abc: Run) -> None:
    kinds = pictures.pyramid(abc)["classes"]
    told = [
        (k["key"], k["index"], k["customers"], k["share_of_customers"], k["share_of_value"])
        for k in kinds
    ]
    assert told == [
        ("A", 1, 1, 0.25, 0.7),
        ("B", 2, 1, 0.25, 0.2),
        ("C", 3, 2, 0.5, 0.1),
        ("~lapsed", 0, 1, 0.0, 0.0),
    ]
    assert kinds[0]["drill"] == "class=abc:A"


def test_pareto_goes_through_every_customer(abc: Run) -> None:
    picture = pictures.pareto(abc)
    points = [(p["customer_id"], p["x"], round(p["y"], 9)) for p in picture["points"]]
    assert points == [
        *(("", 0, 0), ("K1", 0.25, 0.7), ("K2", 0.5, 0.9)),
        *(("K3", 0.75, 0.96), ("K4", 1.0, 1.0)),
    ]
    zones = [(k["key"], k["from"], k["to"]) for k in picture["classes"] if k["index"]]
    assert zones == [("A", 0.0, 0.25), ("B", 0.25, 0.5), ("C", 0.5, 1.0)]


def test_zones_are_of_value_whatever_a_person_decided(ledger: Ledger) -> None:
    decided = Override("K1", "C", "leaves", "Ann", AS_OF)
    picture = pictures.pareto(kefen.grade(ledger, "abc", AS_OF, overrides=[decided]))
    zones = [(k["key"], k["from"], k["to"]) for k in picture["classes"] if k["index"]]
    assert zones == [("A", 0.0, 0.25), ("B", 0.25, 0.5), ("C", 0.5, 1.0)]
    assert [k["customers"] for k in picture["classes"] if k["index"]] == [0, 1, 3]


def test_a_long_curve_keeps_both_sides_of_every_cut() -> None:
    customers = 5_000
    orders = pl.DataFrame(
        {
            "customer_id": [f"K{number:04}" for number in range(customers)],
            "ordered_on": ["2025-06-01"] * customers,
            "amount": [str(customers - number) for number in range(customers)],
        }
    )
    run = kefen.grade(kefen.from_frames(orders=orders), "abc", AS_OF)
    ranks = [point["rank"] for point in pictures.pareto(run)["points"]]
    last = {count["class"]: count["customers"] for count in run.counts}
    edges = {last["A"], last["A"] + 1, last["A"] + last["B"], last["A"] + last["B"] + 1}
    assert len(ranks) <= 410
    assert edges | {0, 1, customers} <= set(ranks)


def test_distribution_bins_hold_every_rated_customer(abc: Run) -> None:
    picture = pictures.distribution(abc)
    assert sum(b["customers"] for b in picture["bins"]) == 4
    [top] = [b for b in picture["bins"] if b["from"] <= 700 < b["to"]]
    assert top["counts"] == [1, 0, 0]
    assert top["drill"] == "score=abc:700-"
    assert [cut["at"] for cut in picture["cuts"]] == [700.0, 200.0]
    assert picture["unit"] == "money"


def test_distribution_of_scores_has_steps_of_five(ledger: Ledger) -> None:
    bins = pictures.distribution(kefen.grade(ledger, "weighted", AS_OF))["bins"]
    assert [(b["from"], b["to"]) for b in bins] == [(5.0 * n, 5.0 * n + 5) for n in range(20)]


def test_distribution_of_skewed_money_grows_by_a_factor() -> None:
    amounts = ["1", "10", "100", "1000", "100000", "-5"]
    orders = pl.DataFrame(
        {
            "customer_id": [f"K{place}" for place in range(6)],
            "ordered_on": ["2025-06-01"] * 6,
            "amount": amounts,
        }
    )
    loose = {**kefen.schemes.load("single-sales").dump(), "minimum": {}}
    run = kefen.grade(kefen.from_frames(orders=orders), loose, AS_OF)
    bins = pictures.distribution(run)["bins"]
    filled = [(b["from"], b["to"]) for b in bins if b["customers"]]
    assert filled == [
        *((-5.0, 1.0), (1.0, 1.8), (10.0, 18.0), (100.0, 180.0)),
        *((1000.0, 1800.0), (100000.0, 180000.0)),
    ]
    assert bins[-2]["drill"] == "score=single-sales:56000-100000"


def test_heatmap_has_every_cell_and_every_rated_customer(ledger: Ledger) -> None:
    picture = pictures.heatmap(kefen.grade(ledger, "rfm", AS_OF))
    assert len(picture["cells"]) == 25
    # RFM looks at all of history, so K5 with 999 of 2023 is rated as well.
    assert sum(cell["customers"] for cell in picture["cells"]) == 5
    assert sum(cell["value"] for cell in picture["cells"]) == 1999
    assert picture["cells"][-1]["drill"] == "cell=rfm:r5f5"


def test_months_take_returns_off_and_add_up_to_the_class(ledger: Ledger, abc: Run) -> None:
    picture = pictures.classes_over_time(ledger, abc, months=12)
    assert (picture["months"][0], picture["months"][-1]) == ("2025-01", "2025-12")
    sums = {kind["key"]: sum(kind["values"]) for kind in picture["classes"]}
    assert sums == {"A": 700, "B": 200, "C": 100}
    [small] = [kind for kind in picture["classes"] if kind["key"] == "C"]
    assert small["values"][6:9] == [60, 50, -10]


def test_monthly_purchases_of_one_customer(ledger: Ledger) -> None:
    picture = pictures.monthly(ledger, "K1", months=12, as_of=AS_OF)
    values = dict(zip(picture["x"], picture["series"][0]["values"], strict=True))
    assert {month: value for month, value in values.items() if value} == {
        "2025-03": 400,
        "2025-12": 300,
    }
    assert not picture["empty"]


def test_months_begin_no_sooner_than_the_first_sale(ledger: Ledger, abc: Run) -> None:
    first, _last = ledger.span() or (AS_OF, AS_OF)
    for months in (
        pictures.classes_over_time(ledger, abc, months=90)["months"],
        pictures.monthly(ledger, "K1", months=90)["x"],
    ):
        assert months[0] == f"{first:%Y-%m}"


def test_a_customer_without_purchases_is_an_empty_picture(ledger: Ledger) -> None:
    assert pictures.monthly(ledger, "nobody", as_of=AS_OF)["empty"]


def test_migration_counts_every_way(ledger: Ledger, abc: Run) -> None:
    before = kefen.grade(ledger, "abc", date(2025, 7, 1))
    picture = pictures.migration(kefen.compare(before, abc))
    ways = {(link["from"], link["to"]): link["customers"] for link in picture["links"]}
    # On 1 July only K1 (400 of 600: A) and K2 (up to 100 %: C) had bought within a year.
    # K3 and K4 had never bought anything; K5 had lapsed.
    assert ways[("A", "A")] == 1
    assert ways[("C", "B")] == 1
    assert ways[("~lapsed", "~lapsed")] == 1
    assert sum(ways.values()) == 5
    drills = {link["drill"] for link in picture["links"]}
    assert "moved=abc:C>B" in drills


@pytest.mark.parametrize("scheme", ["abc", "pyramid", "rfm", "rfm-segments", "weighted"])
def test_every_picture_of_every_method_is_json(ledger: Ledger, scheme: str) -> None:
    run = kefen.grade(ledger, scheme, AS_OF)
    for name in pictures.of(run):
        picture = getattr(pictures, name)(run)
        assert json.loads(json.dumps(picture)) == picture
        assert not picture["empty"]


def test_a_run_where_nobody_is_rated_gives_empty_pictures(ledger: Ledger) -> None:
    run = kefen.grade(ledger, "abc", date(2020, 1, 1))
    assert all(getattr(pictures, name)(run)["empty"] for name in pictures.of(run))
