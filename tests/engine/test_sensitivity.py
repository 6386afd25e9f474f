"""sensitivity: who changes class when a weight moves; agreement of two runs."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import polars as pl
import pytest

import kefen
from kefen.errors import RunError

AS_OF = date(2026, 1, 1)


def words(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def scheme(cut: str, field: str, *cuts: float, **more: object) -> dict:
    keys = ["A", "B", "C"][: len(cuts) + 1]
    classes = [{"key": key, "title": words(key)} for key in keys]
    for entry, value in zip(classes, cuts, strict=False):
        entry[field] = value
    return {
        "name": "scored",
        "title": words("Scored"),
        "method": "weighted",
        "cut": cut,
        "indicators": [
            {"indicator": "sales", "weight": 50, "normalise": {"by": "minmax"}},
            {"indicator": "orders", "weight": 50, "normalise": {"by": "minmax"}},
        ],
        "classes": classes,
    } | more


# Sales of 100, 75, 50, 25, 0+: points 100, 75, 50, 25, 0; orders 1, 2, 3, 4, 5: 0, 25, … 100.
AMOUNTS = {"a": 1000, "b": 752, "c": 504, "d": 256, "e": 8}


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    rows = []
    for number, (name, amount) in enumerate(AMOUNTS.items(), start=1):
        for order in range(number):
            paid = amount - (number - 1) if order == 0 else 1
            rows.append((f"{name}{order}", name, f"2025-0{order + 1}-01", paid))
    columns = ["order_id", "customer_id", "ordered_on", "amount"]
    return kefen.from_frames(orders=pl.DataFrame(rows, schema=columns, orient="row"))


def test_points_of_the_company(ledger: kefen.Ledger) -> None:
    run = kefen.grade(ledger, scheme("score", "at_least", 60), AS_OF)
    rows = run.classes.to_polars().select("norm_sales", "norm_orders", "score").rows()
    assert rows == [(100, 0, 50), (75, 25, 50), (50, 50, 50), (25, 75, 50), (0, 100, 50)]


def test_by_hand(ledger: kefen.Ledger) -> None:
    """All score 50 with equal weights, so a cut at 50 holds everyone until a weight moves.

    With the weight of sales a tenth more, 55 to 50 of 105, scores fall from 52.4 to 47.6: d and e
    fall out. A tenth less turns it round: a and b fall out.
    """
    run = kefen.grade(ledger, scheme("score", "at_least", 50), AS_OF)
    found = kefen.sensitivity(run)
    sales, orders = found.weights
    assert sales.change(0.1).weight == pytest.approx(55 / 105)
    assert sales.change(0.1).changed == pytest.approx(0.4)
    assert sales.change(0.1).down == pytest.approx(0.4)
    assert sales.change(-0.1).changed == pytest.approx(0.4)
    assert orders.fifth == pytest.approx(0.4)
    assert found.any_fifth == pytest.approx(0.8)  # all but c
    assert found.verdict == "poor"
    assert sales.least_more < 0.01
    assert sales.least_less < 0.01


def test_weights_that_do_not_matter(ledger: kefen.Ledger) -> None:
    run = kefen.grade(ledger, scheme("score", "at_least", 0), AS_OF)
    found = kefen.sensitivity(run)
    assert found.most.fifth == 0
    assert found.verdict == "good"
    assert found.weights[0].least_less is None
    assert "Not even" in found.text("en")


@pytest.mark.parametrize(
    "document",
    [
        scheme("score", "at_least", 55, 45),
        scheme("customers", "upto", 0.3, 0.7),
        scheme("value", "upto", 0.5, 0.9),
        "weighted",
    ],
)
def test_unmoved_weights_give_the_classes_of_the_run(trade: kefen.Ledger, document: object) -> None:
    from kefen.evaluate.sensitivity_analysis import _Points

    run = kefen.grade(trade, document, AS_OF)
    points = _Points(run, 10**9)
    rated = run.classes.to_polars().filter(pl.col("score").is_not_null())["class"]
    keys = run.scheme.keys()
    assert [keys[place] for place in points.places(points.weights)] == rated.to_list()


@pytest.fixture(scope="module")
def trade() -> kefen.Ledger:
    """Two hundred customers of every kind."""
    random = np.random.default_rng(4)
    size = 1500
    days = random.integers(0, 700, size)
    orders = pl.DataFrame(
        {
            "order_id": [str(n) for n in range(size)],
            "customer_id": [f"c{n:03}" for n in random.integers(0, 200, size)],
            "ordered_on": [date.fromordinal(date(2024, 1, 15).toordinal() + int(d)) for d in days],
            "amount": [str(round(float(a), 2)) for a in random.lognormal(5, 1.5, size)],
        }
    )
    return kefen.from_frames(orders=orders)


def test_a_sample_of_many_is_told(trade: kefen.Ledger) -> None:
    run = kefen.grade(trade, "weighted", AS_OF)
    whole, part = kefen.sensitivity(run), kefen.sensitivity(run, most=100)
    assert (part.rated, whole.customers) == (whole.rated, whole.rated)
    assert part.customers <= 100
    document = json.loads(json.dumps(whole.to_dict()))
    assert len(document["weights"]) == 6
    assert [change["by"] for change in document["weights"][0]["changes"]] == [
        *(-0.5, -0.2, -0.1),
        *(0.1, 0.2, 0.5),
    ]
    for lang in ("zh", "en"):
        assert "{" not in document["text"][lang]


def test_only_a_weighted_scheme_has_weights(ledger: kefen.Ledger) -> None:
    with pytest.raises(RunError) as refused:
        kefen.sensitivity(kefen.grade(ledger, "abc", AS_OF))
    assert refused.value.code == "sensitivity-not-weighted"


# -- agreement of runs --


def by_sales(name: str, *cuts: int) -> dict:
    keys = "ABC"[: len(cuts) + 1]
    classes = [{"key": key, "title": words(key)} for key in keys]
    for entry, cut in zip(classes, cuts, strict=False):
        entry["at_least"] = cut
    return {"name": name, "title": words(name), "method": "threshold", "indicator": "sales"} | {
        "classes": classes
    }


def test_agreement_of_two_runs(ledger: kefen.Ledger) -> None:
    one = kefen.grade(ledger, by_sales("one", 700, 200), AS_OF)  # A a b, B c d, C e
    other = kefen.grade(ledger, by_sales("other", 500, 200), AS_OF)  # A a b c, B d, C e
    found = kefen.agreement(one, other)
    assert found.matrix == ((2, 0, 0), (1, 1, 0), (0, 0, 1))
    assert found.customers == 5
    assert found.same == 0.8
    # Agreed 0.8; by chance (2·3 + 2·1 + 1·1) ÷ 25 = 0.36.
    assert found.kappa == pytest.approx(0.44 / 0.64)
    # One pair of two together in both, of 2 and 3 pairs among 10.
    assert found.adjusted_rand == pytest.approx((1 - 0.6) / (2.5 - 0.6))
    assert found.top_shared == pytest.approx(2 / 3)
    # Squares of how far apart: 1 of 5 seen, 31 of 25 to be expected.
    assert found.weighted_kappa == pytest.approx(1 - 0.2 / 1.24)
    assert found.reading == "almost-perfect"
    assert "80.0%" in found.text("en")
    json.dumps(found.to_dict())


def test_agreement_with_itself_is_whole(ledger: kefen.Ledger) -> None:
    run = kefen.grade(ledger, by_sales("one", 700, 200), AS_OF)
    found = kefen.agreement(run, run)
    assert (found.adjusted_rand, found.weighted_kappa, found.same) == (1, 1, 1)
    assert found.reading == "almost-perfect"


def test_other_numbers_of_classes_have_no_kappa(ledger: kefen.Ledger) -> None:
    one = kefen.grade(ledger, by_sales("one", 700, 200), AS_OF)
    other = kefen.grade(ledger, by_sales("two", 700), AS_OF)
    found = kefen.agreement(one, other)
    assert (found.kappa, found.weighted_kappa, found.same) == (None, None, None)
    assert found.adjusted_rand is not None
    assert "no kappa" in found.text("en")


def test_classes_of_which_none_is_better(ledger: kefen.Ledger) -> None:
    document = by_sales("one", 700, 200) | {"ranked": False}
    one = kefen.grade(ledger, document, AS_OF)
    other = kefen.grade(ledger, by_sales("one", 500, 200) | {"ranked": False}, AS_OF)
    found = kefen.agreement(one, other)
    assert found.kappa == pytest.approx(0.44 / 0.64)
    assert (found.kappa_linear, found.weighted_kappa, found.top_shared) == (None, None, None)
    assert "kappa 0.688: substantial" in found.text("en")
    moved = kefen.compare(one, other)
    assert moved.money_moved["up"]["customers"] == 0
    assert moved.money_moved["other"]["customers"] == 1
    assert "No class is better" in moved.text("en")


# -- the population stability index --


def test_psi_by_hand() -> None:
    """Shares 50, 30, 20 then 40, 30, 30: −0.1 · ln 0.8 + 0.1 · ln 1.5 = 0.0629."""
    rows = []
    for name, (first, second) in {
        **{f"a{n}": (1000, 1000) for n in range(4)},
        "a4": (1000, 300),
        **{f"b{n}": (300, 300) for n in range(2)},
        "b2": (300, 5),
        **{f"c{n}": (5, 5) for n in range(2)},
    }.items():
        rows += [(f"{name}x", name, "2024-05-01", first), (f"{name}y", name, "2025-05-01", second)]
    columns = ["order_id", "customer_id", "ordered_on", "amount"]
    ledger = kefen.from_frames(orders=pl.DataFrame(rows, schema=columns, orient="row"))
    document = by_sales("one", 700, 200)
    runs = [kefen.grade(ledger, document, f"{year}-01-01") for year in (2025, 2026)]
    found = kefen.compare(*runs)
    assert found.psi == pytest.approx(-0.1 * np.log(0.8) + 0.1 * np.log(1.5))
    assert found.shift == "none"
    assert [(row["before"], row["after"]) for row in found.shares] == [
        (0.5, 0.4),
        (0.3, 0.3),
        (0.2, 0.3),
    ]
    assert "PSI 0.063" in found.text("en")
    document = json.loads(json.dumps(found.to_dict(people=1)))
    assert len(document["people"]) == 1
    assert document["moved"] == 2
    assert kefen.compare(runs[0], runs[0]).psi == 0


def test_psi_where_everyone_went_elsewhere(ledger: kefen.Ledger) -> None:
    one = kefen.grade(ledger, by_sales("one", 1, 0), AS_OF)  # all A
    other = kefen.grade(ledger, by_sales("one", 2000, 0), AS_OF)  # all B
    found = kefen.compare(one, other)
    assert found.psi == pytest.approx(2 * 0.9 * np.log(10))  # half a customer where nobody is
    assert found.shift == "large"
    assert kefen.compare(one, kefen.grade(ledger, "rfm", AS_OF)).psi is None
