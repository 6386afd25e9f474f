"""Taking imports back, in any order, and reading every version that ever stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kefen
from kefen.errors import LedgerError
from kefen.ledger import tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[kefen.Ledger]:
    monkeypatch.setattr(tables, "ROW_GROUP", 2)  # some files are large
    opened = kefen.open(tmp_path)
    yield opened
    opened.close()


def orders(**amounts: int) -> pl.DataFrame:
    """Orders of these amounts, each of the customer `C-<order>`."""
    return pl.DataFrame(
        [
            {"order_id": name, "customer_id": f"C-{name}", "ordered_on": "2025-01-03", "amount": n}
            for name, n in amounts.items()
        ]
    )


def amounts(ledger: kefen.Ledger) -> dict[str, int]:
    rows = ledger.table("orders").select("order_id", "amount").to_polars().rows()
    return {name: int(amount) for name, amount in rows}


def customers(ledger: kefen.Ledger) -> set[str]:
    return set(ledger.table("customers").to_polars()["customer_id"])


def load(ledger: kefen.Ledger, **rows: int) -> str:
    return ledger.load(orders(**rows), "orders").id


def test_undo_removes_what_was_added_with_its_customers(ledger: kefen.Ledger) -> None:
    load(ledger, a=1)
    batch = load(ledger, b=2)
    undone = ledger.undo(batch, by="王芳")
    assert (undone.status, undone.undone_by, undone.version) == ("undone", "王芳", 2)
    assert (amounts(ledger), customers(ledger)) == ({"a": 1}, {"C-a"})
    assert ledger.version == 3
    assert [entry.status for entry in ledger.history()] == ["committed", "undone"]
    assert [entry.status for entry in ledger.at(2).history()] == ["committed", "committed"]


def test_undo_restores_what_was_replaced(ledger: kefen.Ledger) -> None:
    load(ledger, a=1, b=1)
    batch = load(ledger, a=2)
    ledger.undo(batch)
    assert amounts(ledger) == {"a": 1, "b": 1}


def test_rows_of_later_imports_stay(ledger: kefen.Ledger) -> None:
    first, _second = load(ledger, a=1, b=1), load(ledger, a=2)
    ledger.undo(first)
    assert amounts(ledger) == {"a": 2}


def test_undoing_out_of_order_goes_back_past_undone_imports(ledger: kefen.Ledger) -> None:
    first, second, third = load(ledger, a=1), load(ledger, a=2), load(ledger, a=3)
    ledger.undo(second)
    assert amounts(ledger) == {"a": 3}
    ledger.undo(third)
    assert amounts(ledger) == {"a": 1}
    ledger.undo(first)
    assert amounts(ledger) == {}
    assert customers(ledger) == set()


def test_a_row_that_a_standing_import_also_brought_stays(ledger: kefen.Ledger) -> None:
    first, second = load(ledger, a=1), load(ledger, a=1, b=1)
    ledger.undo(first)
    assert amounts(ledger) == {"a": 1, "b": 1}
    ledger.undo(second)
    assert amounts(ledger) == {}


def test_undo_restores_what_stood_through_an_import_that_brought_it_again(
    ledger: kefen.Ledger,
) -> None:
    load(ledger, a=100)
    load(ledger, a=100, b=5)
    ledger.undo(load(ledger, a=200))
    assert amounts(ledger) == {"a": 100, "b": 5}


def test_an_undone_file_can_be_imported_again(ledger: kefen.Ledger) -> None:
    ledger.undo(load(ledger, a=1))
    again = ledger.load(orders(a=1), "orders")
    assert (again.already, again.added, again.version) == (False, 1, 3)


def test_a_customer_stays_while_anything_refers_to_it(ledger: kefen.Ledger) -> None:
    first = load(ledger, a=1)
    row = {"customer_id": "C-a", "paid_on": "2025-01-03", "amount": 1}
    payments = ledger.load(pl.DataFrame([row]), "payments").id
    ledger.undo(first)
    assert customers(ledger) == {"C-a"}
    ledger.undo(payments)
    assert customers(ledger) == set()


def test_undoing_customers_brings_back_what_they_were(ledger: kefen.Ledger) -> None:
    load(ledger, a=1)
    first = ledger.load(pl.DataFrame([{"customer_id": "C-a", "region": "东", "phone": "1"}]))
    second = ledger.load(pl.DataFrame([{"customer_id": "C-a", "region": "西", "city": "x"}]))

    def card() -> Any:
        return ledger.table("customers").select("region", "phone", "city").to_polars().rows()

    assert card() == [("西", "1", "x")]
    ledger.undo(first.id)
    assert card() == [("西", None, "x")]
    ledger.undo(second.id)
    assert card() == [(None, None, None)]


def test_an_orders_lines_come_back_together(ledger: kefen.Ledger) -> None:
    line = {"order_id": "O", "customer_id": "C", "ordered_on": "2025-01-03"}
    ledger.load(pl.DataFrame([{**line, "amount": n} for n in (1, 2, 3)]), "order_lines")
    fewer = ledger.load(pl.DataFrame([{**line, "amount": n} for n in (1, 9)]), "order_lines")
    assert sorted(map(int, ledger.table("order_lines").to_polars()["amount"])) == [1, 9]
    ledger.undo(fewer.id)
    assert sorted(map(int, ledger.table("order_lines").to_polars()["amount"])) == [1, 2, 3]


def test_every_version_stays_readable(ledger: kefen.Ledger) -> None:
    said = [amounts(ledger)]
    for rows in ({"a": 1}, {"b": 1}, {"a": 5, "c": 1}):
        load(ledger, **rows)
        said.append(amounts(ledger))
    ledger.undo(ledger.history()[1].id)
    said.append(amounts(ledger))
    assert [amounts(ledger.at(version)) for version in range(5)] == said
    past = ledger.at(1)
    assert (past.version, past.count("orders"), len(past.history())) == (1, 1, 1)


def test_a_past_version_is_read_only(ledger: kefen.Ledger) -> None:
    batch = load(ledger, a=1)
    for write in (lambda past: past.load(orders(b=1), "orders"), lambda past: past.undo(batch)):
        with pytest.raises(LedgerError, match="ledger-read-only"):
            write(ledger.at(1))


def test_what_cannot_be_undone_or_visited_is_said(ledger: kefen.Ledger) -> None:
    batch = load(ledger, a=1)
    ledger.undo(batch)
    with pytest.raises(LedgerError, match="already-undone"):
        ledger.undo(batch)
    with pytest.raises(LedgerError, match="unknown-batch"):
        ledger.undo("b9")
    with pytest.raises(LedgerError, match="unknown-version"):
        ledger.at(3)
    with pytest.raises(LedgerError, match="unknown-batch"):
        ledger.rejections("b9")


def test_a_large_file_keeps_its_other_rows_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "ROW_GROUP", 2)
    numbers = [f"{number:03}" for number in range(40)]
    with kefen.open(tmp_path) as ledger:
        load(ledger, **dict.fromkeys(reversed(numbers), 1))
        load(ledger, **{"017": 5, "030": 6, "040": 7})
        expected = dict.fromkeys(numbers, 1) | {"017": 5, "030": 6, "040": 7}
        assert amounts(ledger) == expected
    folder = tmp_path / "ledger" / "facts" / "orders"
    [newer] = folder.glob("part-b2x*-0-0.parquet")
    kept = pl.read_parquet(newer)["customer_id"]
    assert kept.to_list() == [f"C-{number}" for number in numbers if number not in {"017", "030"}]
