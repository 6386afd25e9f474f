"""Refreshed measures are those of a full reading, whatever came, went, was mended or moved on.

The law: after any batches, corrections and undoing, at any dates in any order, what is made of
measures kept from before equals what is read from all the facts, to the last digit.
"""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal
from errno import ENOSPC
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import kefen
from kefen.indicators import (
    AnotherDay,
    Request,
    changed_customers,
    changed_since,
    compute_of,
    folded_facts,
    measure,
    refresh,
)
from kefen.indicators.facts import Facts
from kefen.indicators.measure_cache import SHELVES, MeasureCache
from kefen.indicators.refresh import refreshed
from kefen.indicators.transaction import INDICATORS
from kefen.ledger import order_rollup
from kefen.schemes import lapse

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMERS = ["C1", "C2", "C3", "C4", "C5"]
FIRST = dt.date(2024, 12, 25)
NAMES = [one.name for one in INDICATORS]
REQUESTS = [Request(name, window, f"{name}_{window}") for name in NAMES for window in ("1m",)]

days = st.integers(0, 60).map(lambda n: FIRST + dt.timedelta(days=n))
amounts = st.sampled_from([Decimal("10.01"), Decimal("2.50"), Decimal("-1.00")])
costs = st.sampled_from([Decimal("0.70"), None])
channels = st.sampled_from(["web", "shop", None])
common = {"customer_id": st.sampled_from(CUSTOMERS), "amount": amounts}
lines = st.fixed_dictionaries(
    common
    | {
        "order_id": st.sampled_from(["O1", "O2", "O3", "O4"]),
        "line_no": st.sampled_from(["1", "2"]),
        "ordered_on": days,
        "cost": costs,
        "quantity": st.sampled_from([0.1, 0.2, 0.7, None]),
        "category": st.sampled_from(["food", "toys", None]),
        "channel": channels,
    }
)
orders = st.fixed_dictionaries(
    common
    | {
        "order_id": st.sampled_from(["O1", "O2", "O5"]),
        "ordered_on": days,
        "cost": costs,
        "channel": channels,
    }
)
returns = st.fixed_dictionaries(
    common | {"return_id": st.sampled_from(["R1", "R2"]), "returned_on": days, "cost": costs}
)


def files(rows: Any, *key: str) -> Any:
    return st.lists(rows, min_size=1, max_size=4, unique_by=lambda row: tuple(row[k] for k in key))


steps = st.one_of(
    st.tuples(st.just("order_lines"), files(lines, "order_id", "line_no")),
    st.tuples(st.just("orders"), files(orders, "order_id")),
    st.tuples(st.just("returns"), files(returns, "return_id")),
    st.tuples(st.just("undo"), st.integers(0, 7)),
    st.tuples(st.just("as_of"), days),
    st.tuples(st.just("back"), st.integers(0, 7)),
)


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refresh however much has changed, take files of two lines for large, and read all folded."""
    monkeypatch.setattr(refresh, "MANY", 9.0)
    monkeypatch.setattr("kefen.indicators.few_changed.MANY", 9.0)
    monkeypatch.setattr(refresh, "PATCHED", 0.5)
    monkeypatch.setattr(changed_customers, "MUCH", 99.0)
    monkeypatch.setattr(order_rollup, "ROW_GROUP", 2)
    monkeypatch.setattr(folded_facts, "LOOSE", 9.0)


def rows(ledger: kefen.Ledger, measured: Any) -> list[dict[str, Any]]:
    table = ledger.engine.fetch(measured.indicators(REQUESTS).order_by("customer_id"))
    return table.to_pylist()


ALONE = [one for one in REQUESTS if one.definition().alone(one.window)]
STILL = {f"{name}_1m" for name in ("sales", "profit", "orders", "first_order_on", "last_order_on")}
"""They stay from day to day, but for those with a fact that enters or leaves the window."""


class Followed:
    """Indicators, `told` by a full reading, brought up to other versions by few customers."""

    def __init__(self, ledger: kefen.Ledger, as_of: dt.date, told: list[dict[str, Any]]) -> None:
        self.version, self.step, self.as_of = ledger.version, ledger.step(ledger.version), as_of
        names = ["customer_id", *(one.column for one in ALONE)]
        self.rows = {row["customer_id"]: {name: row[name] for name in names} for row in told}

    def up_to(self, ledger: kefen.Ledger, as_of: dt.date, told: list[dict[str, Any]]) -> Followed:
        now = Followed(ledger, as_of, told)
        asked = [one for one in ALONE if as_of == self.as_of or one.column in STILL]
        day = AnotherDay(asked, self.as_of, as_of)
        people = changed_since(ledger, self.version, self.step, ["C1"], day)
        if people is None:
            assert not now.rows
            return now
        few = ledger.engine.rows(compute_of(ledger, asked, as_of, people))
        whom = {one["customer_id"] for one in ledger.engine.rows(people)}
        assert "C1" in whom
        others = {one: row for one, row in self.rows.items() if one not in whom}
        brought = others | {row["customer_id"]: row for row in few}
        for column in ("customer_id", *(one.column for one in asked)):
            assert {one: row[column] for one, row in brought.items()} == {
                one: row[column] for one, row in now.rows.items()
            }
        return now


def carry_out(ledger: kefen.Ledger, what: str, content: Any, standing: list[str]) -> None:
    if what == "undo":
        if standing:
            ledger.undo(standing.pop(content % len(standing)))
        return
    frame = pl.DataFrame(content, infer_schema_length=None)
    batch = ledger.load(frame, what, known_keys="replace")
    assert batch.rejected == 0
    if not batch.already:
        standing.append(batch.id)


@given(st.lists(steps, min_size=3, max_size=6))
@settings(
    max_examples=4,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.reuse, Phase.generate],  # to shrink takes minutes
)
def test_refreshed_as_read_anew(tmp_path_factory: Any, script: list[tuple[str, Any]]) -> None:
    ledger = kefen.open(tmp_path_factory.mktemp("ledger"))
    as_of, standing = dt.date(2025, 2, 1), list[str]()
    carry_out(ledger, "order_lines", [FACT], standing)
    followed = Followed(ledger, as_of, rows(ledger, measure(ledger, REQUESTS, as_of)))
    assert changed_since(ledger, ledger.version, "another") is None
    for what, content in script:
        seen = ledger
        if what == "as_of":
            as_of = content
        elif what == "back":
            seen = ledger.at(content % (ledger.version + 1))
        else:
            carry_out(ledger, what, content, standing)
        quick = refreshed(seen, REQUESTS, as_of, keep=True)
        whole = rows(seen, measure(seen, REQUESTS, as_of))
        assert rows(seen, quick) == whole
        quick.drop()
        followed = followed.up_to(seen, as_of, whole)
    shutil.rmtree(ledger.path / "ledger" / "measures")
    folded = refreshed(ledger, REQUESTS, as_of, keep=True)
    whole = rows(ledger, measure(ledger, REQUESTS, as_of))
    assert rows(ledger, folded) == whole
    if ledger.count("order_lines"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(folded_facts, "LARGE", 1)
            assert isinstance(folded_facts.facts_of_everybody(ledger), folded_facts.FoldedFacts)
            assert rows(ledger, measure(ledger, REQUESTS, as_of)) == whole
            patch.setattr(order_rollup.OrderRollupStore, "read", _on_a_full_disk)
            assert type(folded_facts.facts_of_everybody(ledger)) is Facts
    ledger.close()


def _on_a_full_disk(*_about: object) -> None:
    raise OSError(ENOSPC, "No space left on device")


FACT = {
    "order_id": "O9",
    "line_no": "1",
    "customer_id": "C1",
    "ordered_on": dt.date(2025, 1, 10),
    "amount": Decimal("3.00"),
    "cost": None,
    "quantity": 0.3,
    "category": "toys",
    "channel": "web",
}


def line(order: str, customer: str, day: dt.date, category: str = "toys") -> dict[str, Any]:
    return FACT | {
        "order_id": order,
        "customer_id": customer,
        "ordered_on": day,
        "category": category,
    }


JANUARY = dt.date(2025, 1, 10)
AS_OF = dt.date(2025, 2, 1)


@pytest.fixture
def ledger(tmp_path: Path) -> kefen.Ledger:
    found = kefen.open(tmp_path)
    people = [line(f"O{n}", f"C{n}", JANUARY + dt.timedelta(days=n)) for n in range(8)]
    found.load(pl.DataFrame(people), "order_lines")
    return found


def kept(ledger: kefen.Ledger) -> list[tuple[int, dt.date, int]]:
    found = MeasureCache(ledger.path / "ledger" / "measures").all()
    return sorted((one.version, one.as_of, one.without) for one in found)


def test_only_whom_it_concerns_is_measured_again(ledger: kefen.Ledger) -> None:
    refreshed(ledger, REQUESTS, AS_OF, keep=True)
    ledger.load(pl.DataFrame([line("O9", "C3", JANUARY)]), "order_lines")
    refreshed(ledger, REQUESTS, AS_OF, keep=True)
    # The month before now begins a day later: C0, who bought on the tenth of January, left it.
    refreshed(ledger, REQUESTS, dt.date(2025, 2, 11), keep=True)
    refreshed(ledger, REQUESTS, dt.date(2025, 2, 12), keep=True)
    assert kept(ledger) == [
        (1, AS_OF, 0),
        (2, AS_OF, 1),
        (2, dt.date(2025, 2, 11), 2),
        (2, dt.date(2025, 2, 12), 3),
    ]


def test_a_run_reads_nothing_that_its_indicators_were_measured_of(ledger: kefen.Ledger) -> None:
    scheme = kefen.schemes.load(kefen.schemes.load("abc").dump() | {"window": "1m"})
    refreshed(ledger, REQUESTS, AS_OF, keep=True)
    refreshed(ledger, [*scheme.requests(), *lapse.requests(scheme)], AS_OF, keep=True)
    assert kept(ledger) == [(1, AS_OF, 0)]


def test_measures_of_four_dates_are_kept(ledger: kefen.Ledger) -> None:
    for day in range(6):
        refreshed(ledger, REQUESTS, AS_OF + dt.timedelta(days=day), keep=True)
    assert len(kept(ledger)) == SHELVES
    assert len([*(ledger.path / "ledger" / "measures").iterdir()]) == SHELVES  # nothing borrowed
    assert min(kept(ledger))[1] == AS_OF + dt.timedelta(days=2)


def test_small_ledgers_keep_nothing(ledger: kefen.Ledger) -> None:
    refreshed(ledger, REQUESTS, AS_OF)
    assert kept(ledger) == []


def test_measures_of_a_ledger_put_back_are_not_taken_for_its_own(
    ledger: kefen.Ledger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    refreshed(ledger, REQUESTS, AS_OF, keep=True)
    with kefen.open(tmp_path_factory.mktemp("other")) as other:
        other.load(pl.DataFrame([line("O1", "C1", JANUARY)]), "order_lines")
        (ledger.path / "ledger" / "measures").rename(other.path / "ledger" / "measures")
        found = refreshed(other, REQUESTS, AS_OF, keep=True)
        assert [row["customer_id"] for row in rows(other, found)] == ["C1"]


def test_more_categories_than_bits(ledger: kefen.Ledger) -> None:
    refreshed(ledger, REQUESTS, AS_OF, keep=True)
    many = [line("O9", "C3", JANUARY, f"category {n}") | {"line_no": str(n)} for n in range(70)]
    ledger.load(pl.DataFrame(many), "order_lines")
    quick = refreshed(ledger, REQUESTS, AS_OF, keep=True)
    assert rows(ledger, quick)[3]["categories_1m"] == 71
    assert rows(ledger, quick) == rows(ledger, measure(ledger, REQUESTS, AS_OF))
