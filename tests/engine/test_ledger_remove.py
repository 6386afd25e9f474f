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


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("invoices", "发票号码,客户,开票日期,发票金额"),
        ("payments", "收款单号,客户,收款日期,收款金额"),
        ("returns", "退货单号,客户,退货日期,退款金额"),
    ],
)
def test_what_is_void_later_goes_and_returns_with_an_undo(tmp_path: Path, kind, head) -> None:
    ledger = kefen.open(tmp_path / "data")
    for name, text in (
        ("a", f"{head}\nF1,明达,2025-03-01,100\nF2,明达,2025-03-02,50\n"),
        ("b", f"{head},状态\nF1,明达,2025-03-01,100,已作废\nF3,明达,2025-03-03,7,正常\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    ledger.load(tmp_path / "a.csv", kind)
    voiding = ledger.load(tmp_path / "b.csv", kind)
    told = [n.data for n in voiding.notices if n.code == "known-now-void"]
    assert [(data["rows"], data["number"], data["money"]) for data in told] == [(1, "F1", "100.00")]

    def money() -> int:
        return int(ledger.table(kind).amount.sum().to_pyarrow().as_py())

    assert (money(), voiding.removed, voiding.added) == (57, 1, 1)
    assert ledger.load(tmp_path / "b.csv", kind).already
    ledger.undo(voiding.id)
    assert money() == 150
