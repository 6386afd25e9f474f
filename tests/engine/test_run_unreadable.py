"""Saved runs whose record cannot be read any more: they are told, and disturb nothing."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kefen
from kefen.errors import RunError
from kefen.wording import describe

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = date(2026, 1, 1)


@pytest.fixture
def ledger(tmp_path: Path) -> kefen.Ledger:
    ledger = kefen.open(tmp_path)
    ledger.load(
        pl.DataFrame({"customer_id": ["C1"], "ordered_on": ["2025-03-01"], "amount": ["7"]})
    )
    return ledger


def without_plugin(run: kefen.Run) -> None:
    """The run as it is found when the plug-in of its indicator is gone."""
    path = run.folder / "run.json"
    record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    record["scheme"]["indicator"] = "footfall"
    path.write_text(json.dumps(record), "utf-8")


def test_a_run_whose_indicator_is_gone_is_listed_with_the_reason(ledger: kefen.Ledger) -> None:
    gone, kept = (kefen.grade(ledger, scheme, AS_OF) for scheme in ("abc", "value-tiers"))
    without_plugin(gone)
    assert [run.id for run in kefen.runs(ledger)] == [kept.id]
    [told] = kefen.unreadable_runs(ledger)
    assert (told.id, told.code, told.data["name"]) == (gone.id, "unknown-indicator", "footfall")
    with pytest.raises(RunError) as refused:
        kefen.open_run(ledger, gone.id)
    assert refused.value.code == "run-unreadable"
    assert "There is no indicator footfall." in describe(refused.value, "en")
    assert "没有指标“footfall”" in describe(refused.value, "zh")


@pytest.mark.parametrize("record", ["", "{}", "[]", "null", '{"id": 1', "\x00", '{"standard": 3}'])
def test_a_damaged_record_is_listed_too(ledger: kefen.Ledger, record: str) -> None:
    kefen.grade(ledger, "value-tiers", AS_OF)
    gone = kefen.grade(ledger, "abc", AS_OF)
    (gone.folder / "run.json").write_text(record, "utf-8")
    assert len(kefen.runs(ledger)) == 1
    assert [told.code for told in kefen.unreadable_runs(ledger)] == ["record-damaged"]


def test_a_run_from_an_unreadable_one_starts_anew(ledger: kefen.Ledger) -> None:
    gone = kefen.grade(ledger, "abc", "2025-06-01")
    later = kefen.grade(ledger, "abc", AS_OF, previous=gone)
    (gone.folder / "run.json").write_text("{}", "utf-8")
    assert kefen.grade(ledger, "abc", AS_OF, previous=later).previous is None
