"""Options and variables that cannot be meant are refused in words, with what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kefen
from kefen import variables
from kefen.errors import KefenError

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = pl.DataFrame(
    [{"order_id": "O1", "customer_id": "C1", "ordered_on": "2025-01-03", "amount": "100"}]
)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"known_keys": "Replace"}, "ask, replace, new"),
        ({"date_order": "DMY"}, "ymd, mdy, dmy"),
        ({"repeated_lines": "ALL"}, "once, all"),
        ({"blanks": "Erase"}, "keep, erase"),
        ({"erased": "no"}, "skip, land"),
        ({"header_row": "zwei"}, "1, 2"),
        ({"headers": 1}, "header_row"),
        ({"prefix": 7}, "shop2"),
        ({"statuses": "paid"}, "paid"),
    ],
)
def test_options(tmp_path: Path, option: dict[str, Any], told: str) -> None:
    with kefen.open(tmp_path / "data") as ledger:
        for call in (ledger.load, ledger.check):
            with pytest.raises(KefenError) as refused:
                call(ORDERS, "orders", **option)
            assert next(iter(option)) in str(refused.value)
            assert told in str(refused.value)
        assert ledger.version == 0


def test_a_date_that_is_a_number() -> None:
    with pytest.raises(KefenError, match="20260101 is not a date"):
        kefen.grade(ORDERS, "abc", as_of=20260101)  # type: ignore[arg-type]


def test_an_attribute_that_no_customer_has_is_told() -> None:
    customers = pl.DataFrame(
        [{"customer_id": "C1", "name": "Mingda", "region": "North", "vip": "y"}]
    )
    document = kefen.schemes.load("abc").dump()
    with kefen.from_frames(orders=ORDERS, customers=customers) as ledger:
        for name, told in (("regoin", True), ("region", False), ("vip", False)):
            population = {"attribute": name, "is": "x"}
            run = kefen.grade(ledger, document | {"name": "own", "population": population})
            notes = [note for note in run.notes if note.code == "no-attribute"]
            assert bool(notes) == told
            assert all("region" in (note.near or []) for note in notes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("KEFEN_MEMORY", value) for value in ("lots", "5", "-1", "0GB", "120%")),
        *(("KEFEN_THREADS", value) for value in ("many", "0", "-3", "1.5")),
    ],
)
def test_variables(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(KefenError) as refused:
        kefen.from_frames(orders=ORDERS).table("orders")
    told = str(refused.value)
    assert (name in told, value in told) == (True, True)


def test_what_variables_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEFEN_MEMORY", "2 GB")
    monkeypatch.setenv("KEFEN_THREADS", "2")
    monkeypatch.setenv("KEFEN_SHARED", "yes")
    assert (variables.memory(), variables.threads()) == ("2 GB", 2)
    assert variables.switch("KEFEN_SHARED")
    monkeypatch.setenv("KEFEN_SHARED", "maybe")
    with pytest.raises(KefenError, match="maybe is not a value of KEFEN_SHARED"):
        variables.switch("KEFEN_SHARED")
