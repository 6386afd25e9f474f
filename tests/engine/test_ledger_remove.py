"""Facts are taken out or cancelled by their keys; every step can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORDER = {"order_id": "O1", "customer_id": "C1", "ordered_on": "2025-01-03", "amount": "100"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[kefen.Ledger]:
    opened = kefen.open(tmp_path / "data")
    yield opened
    opened.close()


def send(ledger: kefen.Ledger, amount: str) -> kefen.Batch:
    return ledger.load(pl.DataFrame([{**ORDER, "amount": amount}]), "orders")


def amounts(ledger: kefen.Ledger) -> list[int]:
    return [int(value) for value in ledger.table("orders").amount.to_pyarrow().to_pylist()]


def test_undoing_leaves_what_was_said_since(ledger: kefen.Ledger) -> None:
    send(ledger, "100")
    gone = ledger.remove("orders", ["O1"], by="Alice")
    assert (gone.removed, gone.rows, gone.version, gone.by) == (1, 0, 2, "Alice")
    assert amounts(ledger) == []
    assert amounts(ledger.at(1)) == [100]
    later = send(ledger, "90")
    ledger.undo(gone.id)
    assert amounts(ledger) == [90]
    ledger.undo(later.id)
    assert amounts(ledger) == [100]


def test_cancelled_orders_stay_and_do_not_count(ledger: kefen.Ledger) -> None:
    send(ledger, "100")
    done = ledger.remove("orders", ["O1"], cancel=True)
    assert (done.replaced, done.removed) == (1, 0)
    [row] = ledger.table("orders", whole=True).to_polars().to_dicts()
    assert (row["status"], row["counted"], int(row["amount"])) == ("cancelled", False, 100)
    assert amounts(ledger) == []
    assert ledger.remove("orders", ["O1"], cancel=True).unchanged == 1
    ledger.undo(done.id)


def test_refusals(ledger: kefen.Ledger) -> None:
    for kind, cancel, code in (
        ("orders", False, "unknown-fact"),
        ("customers", False, "not-removable"),
        ("payments", True, "not-cancellable"),
        ("leads", False, "unknown-kind"),
    ):
        with pytest.raises(LedgerError, match=code):
            ledger.remove(kind, ["O1"], cancel=cancel)
