"""readiness: whether classifying makes sense, with the figures it rests on."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest

import kefen
from kefen.errors import RunError

AS_OF = date(2026, 1, 1)

# Sales of 2025: a 600 on two days, b 200, c 100, d 60 on two days, e 40; f bought in 2023 only.
SALES = [
    ("f", "2023-01-01", 900),
    ("a", "2025-01-01", 300),
    ("a", "2025-11-30", 300),
    ("b", "2025-02-01", 200),
    ("c", "2025-03-01", 100),
    ("d", "2025-04-01", 30),
    ("d", "2025-05-01", 30),
    ("e", "2025-06-01", 40),
]


def company(sales: list[tuple[str, str, int]], people: dict[str, list] | None = None):
    names, days, amounts = zip(*sales, strict=True)
    orders = pl.DataFrame(
        {"order_id": [str(n) for n in range(len(sales))], "customer_id": names}
        | {"ordered_on": days, "amount": amounts}
    )
    return kefen.from_frames(orders=orders, customers=people and pl.DataFrame(people))


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    people = {
        "customer_id": ["a", "b", "c", "d"],
        "name": ["Ann", "Bob", "Cem", "Dan"],
        "owner": ["Li", "Li", "Wang", None],
        "industry": ["trade", None, None, None],
        "phone": ["1", "2", None, None],
        "city": ["Xi'an", None, None, None],
    }
    return company(SALES, people)


@pytest.fixture(scope="module")
def readiness(ledger: kefen.Ledger) -> kefen.Readiness:
    return kefen.readiness(ledger, AS_OF, span_of_attention=2)


def test_attention(readiness: kefen.Readiness) -> None:
    found = readiness.finding("readiness-attention")
    assert (found.figure("buyers"), found.figure("people")) == (5, 2)
    assert found.figure("span_used") == 1.25  # 2.5 customers each, one can know 2
    assert found.verdict == "good"


def test_attention_when_people_are_told_or_nobody_is_known(ledger: kefen.Ledger) -> None:
    told = kefen.readiness(ledger, AS_OF, people=5).finding("readiness-attention")
    assert (told.figure("each"), told.verdict) == (1, "poor")
    alone = kefen.readiness(company(SALES), AS_OF).finding("readiness-attention")
    assert alone.figure("people") == 1
    assert "one is assumed" in alone.text("en")


def test_repeat_business(readiness: kefen.Readiness) -> None:
    found = readiness.finding("readiness-repeat")
    assert found.figure("repeat_buyers") == 0.4  # a and d, of five
    assert found.figure("repeat_sales") == pytest.approx(0.66)  # 660 of 1,000
    assert found.verdict == "good"


def test_difference_in_worth(readiness: kefen.Readiness) -> None:
    found = readiness.finding("readiness-difference")
    # 40, 60, 100, 200, 600: 2 · (1·40 + 2·60 + 3·100 + 4·200 + 5·600) ÷ (5 · 1,000) − 6 ÷ 5
    assert found.figure("gini") == pytest.approx(2 * 4260 / 5000 - 1.2)
    assert found.figure("top_share") == pytest.approx(0.6)
    assert found.verdict == "good"


def test_history_and_age(readiness: kefen.Readiness) -> None:
    history = readiness.finding("readiness-history")
    assert history.figure("history") == 1096
    assert history.figure("windows") == pytest.approx(1096 / 365)
    age = readiness.finding("readiness-age")
    assert (age.figure("age"), age.verdict) == (31, "good")  # the last is of 30 November


def test_completeness(readiness: kefen.Readiness) -> None:
    found = readiness.finding("readiness-complete")
    assert found.figure("on_file") == 6
    assert found.figure("has_owner") == 0.5
    shares = [4 / 6, 3 / 6, 1 / 6, 1 / 6, 2 / 6]
    assert found.figure("complete") == pytest.approx(sum(shares) / 5)
    assert found.verdict == "poor"


def test_the_whole(readiness: kefen.Readiness) -> None:
    assert readiness.verdict == "fair"  # all sense, and a file hardly filled in
    assert readiness.lorenz[-1] == [1, 1]
    for lang in ("zh", "en"):
        assert "{" not in readiness.text(lang)
    document = json.loads(json.dumps(readiness.to_dict()))
    assert [one["verdict"] for one in document["findings"][:3]] == ["good"] * 3
    assert document["findings"][0]["limits"][0]["source"] == "kefen"


def test_one_time_buyers_worth_the_same_are_not_worth_classifying() -> None:
    ledger = company([(name, "2025-12-01", 100) for name in "abcdef"])
    found = kefen.readiness(ledger, AS_OF)
    assert found.verdict == "poor"
    assert found.finding("readiness-difference").figure("gini") == pytest.approx(0)
    assert "hardly help" in found.text("en")


def test_nobody_bought_lately() -> None:
    found = kefen.readiness(company([("a", "2020-01-01", 5)]), AS_OF)
    assert found.finding("readiness-repeat").verdict == "unknown"
    assert found.finding("readiness-difference").verdict == "unknown"
    assert found.verdict != "good"
    json.dumps(found.to_dict())


def test_nothing_sold() -> None:
    ledger = kefen.from_frames(customers=pl.DataFrame({"customer_id": ["a"]}))
    with pytest.raises(RunError) as refused:
        kefen.readiness(ledger, AS_OF)
    assert refused.value.code == "nothing-sold"
