"""What becomes of the lines of an order: replaced together and told, cancelled with their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen import wording
from kefen.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORDER = {"order_id": "O1", "customer_id": "C1", "ordered_on": "2025-01-03"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[kefen.Ledger]:
    opened = kefen.open(tmp_path / "data")
    yield opened
    opened.close()


def send_lines(ledger: kefen.Ledger, *lines: tuple[int, str]) -> kefen.Batch:
    rows = [{**ORDER, "line_no": number, "amount": amount} for number, amount in lines]
    return ledger.load(pl.DataFrame(rows), "order_lines")


def sold(ledger: kefen.Ledger) -> int:
    return int(ledger.table("sales").amount.sum().to_pyarrow().as_py() or 0)


def test_lines_that_an_order_loses_are_told_and_come_back(ledger: kefen.Ledger) -> None:
    send_lines(ledger, (1, "10"), (2, "20"), (3, "30"))
    split = send_lines(ledger, (2, "25"))
    [told] = split.notices
    assert (told.code, told.data) == ("lines-dropped", {"rows": 2, "orders": 1, "money": "40.00"})
    assert "2 lines (40.00)" in wording.sentence(told.code, told.data, "en")
    assert sold(ledger) == 25
    ledger.undo(split.id)
    assert sold(ledger) == 60
    assert not send_lines(ledger, (1, "10"), (2, "20"), (3, "31")).notices


def test_a_cancelled_order_is_not_removed_before_its_lines(ledger: kefen.Ledger) -> None:
    ledger.load(pl.DataFrame([{**ORDER, "amount": "30"}]), "orders")
    send_lines(ledger, (1, "15"), (2, "15"))
    cancelled = ledger.remove("orders", ["O1"], cancel=True)
    assert sold(ledger) == 0
    counted = ledger.table("order_lines", whole=True).counted.to_pyarrow().to_pylist()
    assert counted == [False, False]
    with pytest.raises(LedgerError) as refused:
        ledger.remove("orders", ["O1"])
    assert refused.value.code == "order-still-has"
    assert refused.value.data["money"] == "30.00"
    ledger.undo(cancelled.id)
    assert ledger.table("order_lines", whole=True).counted.to_pyarrow().to_pylist() != counted
    gone = ledger.remove("orders", ["O1"])
    assert [(one.code, one.data["rows"]) for one in gone.notices] == [("order-parts-stay", 2)]
    assert sold(ledger) == 30
    ledger.remove("order_lines", ["O1"])
    assert sold(ledger) == 0
