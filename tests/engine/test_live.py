"""The class of some customers now is what the next run by the same standard says."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import kefen
from kefen import schemes
from kefen.ledger import customer_index
from kefen.run.live import LiveClasses, Pending, Standing, classify, is_live, prepare
from kefen.schemes.overrides import Override

if TYPE_CHECKING:
    from kefen.ledger import Ledger
    from kefen.run import Run

AS_OF = dt.date(2026, 1, 1)
PEOPLE = [f"C{number}" for number in range(30)]
HELD = {
    **schemes.load("abc").dump(),
    "name": "held",
    "hysteresis": {"runs": 2},
}
SCHEMES = ("abc-profit", "rfm-segments", "all-round", "lifecycle", "payment-risk", "clusters")
KEYS = {
    "orders": "order_id",
    "order_lines": "order_id",
    "returns": "return_id",
    "invoices": "invoice_id",
    "payments": "payment_id",
    "interactions": "interaction_id",
    "feedback": "feedback_id",
}


class Facts:
    """Facts at random, of random customers and days up to the as-of date and beyond."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def some(self, kind: str, count: int, first: int = 0) -> list[dict[str, Any]]:
        make = getattr(self, kind)
        return [make(number) for number in range(first, first + count)]

    def day(self) -> str:
        return (AS_OF - dt.timedelta(days=self.random.randrange(-5, 800))).isoformat()

    def who(self) -> str:
        return self.random.choice(PEOPLE)

    def amount(self) -> str:
        return f"{self.random.choice([1, 1, 10]) * self.random.randrange(1, 90_000) / 100:.2f}"

    def orders(self, number: int) -> dict[str, Any]:
        status = self.random.choice(["", "", "", "cancelled", "completed"])
        channel = self.random.choice(["web", "shop", ""])
        who, day = self.who(), self.day()
        return {"order_id": f"O{number}", "customer_id": who, "ordered_on": day,
                "amount": self.amount(), "status": status, "channel": channel}  # fmt: skip

    def order_lines(self, number: int) -> dict[str, Any]:
        order = number // 2
        self.random.seed(order)  # the lines of an order are of one day and customer
        who, day = self.who(), self.day()
        self.random.seed(number + 1_000)
        return {"order_id": f"O{order + 20}", "line_no": str(number % 2 + 1), "customer_id": who,
                "ordered_on": day, "amount": self.amount(), "quantity": "2",
                "category": self.random.choice(["food", "toys", ""])}  # fmt: skip

    def returns(self, number: int) -> dict[str, Any]:
        return {"return_id": f"R{number}", "customer_id": self.who(), "returned_on": self.day(),
                "amount": self.amount(), "order_id": f"O{self.random.randrange(60)}"}  # fmt: skip

    def invoices(self, number: int) -> dict[str, Any]:
        return {"invoice_id": f"I{number}", "customer_id": self.who(), "issued_on": self.day(),
                "amount": self.amount()}  # fmt: skip

    def payments(self, number: int) -> dict[str, Any]:
        invoice = f"I{self.random.randrange(40)}" if self.random.random() < 0.5 else ""
        return {"payment_id": f"P{number}", "customer_id": self.who(), "paid_on": self.day(),
                "amount": self.amount(), "invoice_id": invoice}  # fmt: skip

    def interactions(self, number: int) -> dict[str, Any]:
        return {"interaction_id": f"T{number}", "customer_id": self.who(),
                "happened_on": self.day(), "type": self.random.choice(["visit", "inquiry"]),
                "responded": self.random.choice(["yes", "no", ""])}  # fmt: skip

    def feedback(self, number: int) -> dict[str, Any]:
        return {"feedback_id": f"F{number}", "customer_id": self.who(), "given_on": self.day(),
                "type": "complaint",
                "status": self.random.choice(["open", "resolved"])}  # fmt: skip


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))


@pytest.fixture(params=[1])
def facts(request) -> Facts:
    return Facts(request.param)


@pytest.fixture
def ledger(facts: Facts):
    people = [
        {"customer_id": code, "region": facts.random.choice(["East", "West"])} for code in PEOPLE
    ]
    made = {kind: frame(facts.some(kind, 80)) for kind in KEYS}
    with kefen.from_frames(customers=frame(people), **made) as opened:
        yield opened


@pytest.fixture
def sales(facts: Facts):
    """A ledger of customers and orders alone."""
    people = frame([{"customer_id": code} for code in PEOPLE])
    with kefen.from_frames(customers=people, orders=frame(facts.some("orders", 80))) as opened:
        yield opened


def override(run: Run) -> Override:
    day = dt.date(2025, 12, 1)
    return Override("C3", run.scheme.keys()[0], "Promised", "Alice", day, None)


def test_the_next_run_says_the_same(
    ledger: Ledger, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = [*map(schemes.load, SCHEMES), schemes.load(HELD)]
    assert all(map(is_live, live))
    before = kefen.grade_many(ledger, live, AS_OF - dt.timedelta(days=30))
    assert {run.status for run in before} == {"finished"}
    standings = [Standing(run, run, (override(run),)) for run in before]

    rows = {kind: facts.some(kind, 6, first=70) for kind in KEYS}  # some known, some new
    gone = {kind: [rows[kind][0][key][0] + "30"] for kind, key in KEYS.items()}
    gone["orders"] = [min(ledger.table("orders").to_polars()["order_id"])]  # one that counts
    pending = [Pending(kind, [frame(rows[kind])], gone[kind]) for kind in KEYS]
    rows["customers"] = [{"customer_id": "C1", "region": "North"}]
    pending.append(Pending("customers", [frame(rows["customers"])]))
    told = [classify(ledger, standings, AS_OF, PEOPLE, pending)]

    monkeypatch.setattr(customer_index, "WORTH", 1)  # as in a ledger of millions of facts
    monkeypatch.setattr(customer_index, "AT_ONCE", 50)  # as where there are tens of millions
    assert set(prepare(ledger)) == {*KEYS, "customers"}
    assert prepare(ledger) == []
    told.append(classify(ledger, standings, AS_OF, PEOPLE, pending))

    for kind, these in rows.items():
        ledger.load(frame(these), kind, known_keys="replace", date_order="ymd", decimal=".")
        if numbers := gone.get(kind):
            ledger.remove(kind, numbers)
    told.append(classify(ledger, standings, AS_OF, PEOPLE))
    shutil.rmtree(customer_index.CustomerIndex(ledger.folder, ledger.engine).folder)
    told.append(classify(ledger, standings, AS_OF, PEOPLE))

    for standing, *now in zip(standings, *told, strict=True):
        run = standing.run
        next_ = kefen.grade(
            ledger, run.scheme, AS_OF, run.standard, previous=run, overrides=[override(run)]
        )
        for one in now:
            assert_frame_equal(one, next_.to_polars(), check_dtypes=False)


def test_only_those_asked_for_are_told(sales: Ledger) -> None:
    run = kefen.grade(sales, "abc", AS_OF)
    [told] = classify(sales, [Standing(run)], AS_OF, ["C2", "C5", "nobody"])
    wanted = run.to_polars().filter(pl.col("customer_id").is_in(["C2", "C5"]))
    assert_frame_equal(told, wanted, check_dtypes=False)


def test_a_new_customer_is_told_from_what_is_to_land(sales: Ledger) -> None:
    run = kefen.grade(sales, "single-sales", AS_OF)
    order = {"order_id": "N1", "customer_id": "New", "ordered_on": "2025-12-31", "amount": "9"}
    pending = [Pending("orders", [frame([order])])]
    [told] = classify(sales, [Standing(run)], AS_OF, ["New"], pending)
    assert told["class_state"].to_list() == ["rated"]


def test_what_rests_on_everybody_is_not_live() -> None:
    live = {one.name: is_live(one) for one in schemes.builtin()}
    assert (live["abc"], live["all-round"], live["demand-type"]) == (True, True, False)


def test_an_engine_that_is_kept_follows_the_ledger(sales: Ledger) -> None:
    run, live = kefen.grade(sales, "abc", AS_OF), LiveClasses()
    order = {"order_id": "N1", "customer_id": "C7", "ordered_on": "2025-12-31", "amount": "9"}
    for people in (["C2", "C5"], ["C7"], ["C7", "C8"]):
        if people == ["C7", "C8"]:  # another version, the same way to it
            sales.load(frame([order]), "orders")
            run = kefen.grade(sales, run.scheme, AS_OF, run.standard)
        [told] = live.classify(sales, [Standing(run)], AS_OF, people)
        wanted = run.to_polars().filter(pl.col("customer_id").is_in(people))
        assert_frame_equal(told, wanted, check_dtypes=False)
    assert live.span(sales) == sales.span()
    live.close()
