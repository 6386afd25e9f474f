"""A demo company lands in a ledger once, however often it is loaded."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

import kefen
from kefen import demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kefen.ledger import Ledger, Progress


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = kefen.open(tmp_path / "data")
    yield opened
    opened.close()


def test_every_fact_lands(ledger: Ledger) -> None:
    told: list[Progress] = []
    batches = demo.load(ledger, "trade", told.append, customers=100)
    facts = demo.frames("trade", customers=100)
    assert [batch.kind for batch in batches] == list(facts)
    for kind, frame in facts.items():
        assert ledger.count(kind) == frame.height
    assert all(batch.rejected == batch.repeated == 0 for batch in batches)
    assert told


def test_the_second_time_nothing_is_left_to_do(ledger: Ledger) -> None:
    demo.load(ledger, "trade", customers=100)
    version = ledger.version
    assert demo.load(ledger, "trade", customers=100) == []
    assert ledger.version == version


def test_an_interrupted_load_goes_on(ledger: Ledger) -> None:
    batches = demo.load(ledger, "trade", customers=100)
    ledger.undo(batches[-1].id)
    again = demo.load(ledger, "trade", customers=100)
    assert [batch.kind for batch in again] == [batches[-1].kind]
    assert ledger.count("returns") == demo.frames("trade", customers=100)["returns"].height


def test_cdnow_lands_whole(ledger: Ledger) -> None:
    demo.load(ledger, "cdnow")
    assert ledger.count("customers") == 23_570
    assert ledger.count("orders") == 69_659


def test_an_invented_company_ends_on_the_day_before_it_is_wanted(tmp_path: Path) -> None:
    day = date(2026, 11, 28)
    facts = demo.frames("trade", customers=100, as_of=day)
    again = demo.frames("trade", customers=100, as_of=day)
    assert all(facts[kind].equals(again[kind]) for kind in facts)
    dated = {"orders": "ordered_on", "interactions": "happened_on", "payments": "paid_on"}
    for kind, column in dated.items():
        assert date(2026, 11, 14) <= facts[kind][column].max() < day
    assert facts["orders"]["ordered_on"].min() >= date(2023, 11, 28)


def test_facts_that_are_there_end_when_they_do(tmp_path: Path) -> None:
    ledger = kefen.open(tmp_path / "data")
    demo.load(ledger, "trade", customers=100, as_of=date(2026, 11, 28))
    assert demo.load(ledger, "trade", customers=100, as_of=date(2026, 12, 1)) == []


def test_an_invented_experiment_has_a_holdout(ledger: Ledger) -> None:
    demo.load(ledger, "trade", customers=100)
    table = demo.trial(ledger, date(2026, 1, 1))
    assert table.equals(demo.trial(ledger, date(2026, 1, 1)))
    assert set(table["group"]) == {"treated", "holdout"}
    run = kefen.grade(ledger, "abc", date(2025, 10, 1))
    found = kefen.scorecard(run, experiment=table).experiment
    assert found is not None
    assert found.unknown == 0
