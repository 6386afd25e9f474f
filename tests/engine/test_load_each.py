"""Many small imports in one go come to the same as one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kefen
from kefen.errors import KefenError, LedgerError
from kefen.ledger import together
from kefen.ledger.lock import writing
from kefen.ledger.several import Import

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2025-12-24"
Rows = list[dict[str, str | None]]


def order(number: str | None, amount: str = "10", customer: str = "C1", **more: str) -> Rows:
    row = {"order_id": number, "customer_id": customer, "ordered_on": DAY, "amount": amount}
    return [row | more]


def line(number: str, product: str, amount: str, **more: str) -> Rows:
    return [{**order(number, amount)[0], "product_id": product, **more}]


ORDERS: list[tuple[str, Rows]] = [
    ("orders", order("A1", salesperson="李")),
    ("orders", order("A2", customer_name="明达")),
    ("orders", order("A3", customer="C2", customer_name="Minda") + order("A4", "oh")),
    ("orders", order("A1", "11")),  # corrected
    ("orders", order("A5", status="cancelled")),
    ("orders", order("A2", customer_name="明达")),  # the same again
    ("orders", order("A6", customer="C2", customer_name="Other") + order("A6", "12")),
    ("orders", order(None, "7")),  # without a number
    ("orders", [{"order_id": "A7"}]),  # columns are missing
    ("orders", order("A8", customer="c 2", further="x")),  # looks like C2
    ("customers", [{"customer_id": "C1", "name": "Mingda", "vip": "yes"}]),
    ("orders", order("A9", customer="散客")),  # to nobody in particular
    ("orders", order("A3", "13", customer="C2")),
    ("orders", [{**order("A1", customer="C9")[0], "ordered_on": "2024-01-01"}]),  # of another
    ("orders", order("A5")),  # stays cancelled
    ("orders", order("A5", "12") + order("B4", status="paid")),  # counts again
]
PRICED = {"quantity": "2", "unit_price": "5"}
LINES: list[tuple[str, Rows]] = [
    ("order_lines", line("L1", "P1", "10", **PRICED) + line("L1", "P2", "20", **PRICED)),
    ("order_lines", line("L2", "P1", "10") + line("L2", "P2", "20")),
    ("order_lines", line("L3", "P1", "30", **PRICED) + line("L3", "P2", "30", quantity="4")),
    ("order_lines", line("L4", "P1", "10", quantity="1", unit_price="1") * 2),
    ("order_lines", line("L5", "P1", "10", line_no="7")),
    ("order_lines", line("L2", "P1", "10") + line("L2", "P2", "21")),
    ("order_lines", line("L6", "P1", "10", line_no="1") + line("L6", "P2", "10")),
    ("order_lines", line("L7", "P9", "9")),
    ("order_lines", line("L1", "P1", "10", **PRICED) + line("L1", "P2", "20", **PRICED)),
    ("order_lines", line("L3", "P1", "31")),  # without its other line
    ("order_lines", line("L2", "P1", "10")),
    ("order_lines", line("M1", "P1", "10", status="cancelled") + line("M1", "P2", "5")),
    ("order_lines", line("M1", "P1", "11") + line("M1", "P2", "5")),  # its first stays cancelled
]


def wanted(kind: str, rows: Rows) -> Import:
    return Import(pl.DataFrame(rows), kind, "Alice", "API", "erp")


def tables(ledger: kefen.Ledger) -> dict[str, Any]:
    """The rows of a ledger, their batches by the versions they made."""
    versions = {batch.id: batch.version for batch in ledger.history()}
    found = {}
    for kind in ("orders", "order_lines", "customers"):
        rows = ledger.table(kind, whole=True).to_polars().to_dicts()
        named = [row | {"batch_id": versions[row["batch_id"]]} for row in rows]
        found[kind] = sorted(named, key=str)
    return found


def seen(ledger: kefen.Ledger) -> dict[str, Any]:
    """All that a ledger says, its batches by their versions."""
    history = [replace(one, id="", at=None, undone_at=None) for one in ledger.history()]
    rejected = [[one.code for one in ledger.rejections(b.id)] for b in ledger.history()]
    return {"tables": tables(ledger), "history": history, "rejected": rejected}


def one_by_one(ledger: kefen.Ledger, imports: list[tuple[str, Rows]]) -> list[str | None]:
    told: list[str | None] = []
    for kind, rows in imports:
        try:
            ledger.load(pl.DataFrame(rows), kind, by="Alice", note="API", origin="erp")
        except KefenError as error:
            told.append(error.code)
        else:
            told.append(None)
    return told


@pytest.mark.parametrize("imports", [ORDERS, LINES], ids=["orders", "lines"])
def test_it_comes_to_the_same(
    tmp_path: Path, imports: list[tuple[str, Rows]], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    whole = together.Together.compared

    def counted(self: together.Together, known_keys: Any) -> Any:
        compared.append(len(self.imports))
        return whole(self, known_keys)

    monkeypatch.setattr(together.Together, "compared", counted)
    with kefen.open(tmp_path / "one") as one, kefen.open(tmp_path / "all") as many:
        told = one_by_one(one, imports)
        results = list(many.load_each(wanted(*each) for each in imports))
        assert [getattr(result, "code", None) for result in results] == told
        assert seen(many) == seen(one)
        assert sum(compared) >= 4
        for place in (0, 1, 2, -1):
            for ledger in (one, many):
                ledger.undo(ledger.history()[place].id)
            assert tables(many) == tables(one)


def test_they_land_one_by_one_as_they_are_asked_for(tmp_path: Path) -> None:
    with kefen.open(tmp_path) as ledger:
        landing = ledger.load_each(wanted("orders", order(f"A{n}")) for n in range(4))
        assert isinstance(next(landing), kefen.ledger.Batch)
        with (
            pytest.raises(LedgerError, match="ledger-busy"),
            writing(ledger.folder / "lock", patience=0),
        ):
            pass
        landing.close()
        assert ledger.count("orders") == 1
        assert list(ledger.load_each([])) == []
        assert list((ledger.folder / "staging").iterdir()) == []
