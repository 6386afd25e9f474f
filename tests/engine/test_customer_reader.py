"""What a reader says of one customer is what the ledger's own tables say."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

import kefen
from kefen import indicators, pictures
from kefen.indicators import Request
from kefen.indicators.compute import measure
from kefen.ledger.customer_reader import CustomerReader
from kefen.period import Window
from kefen.pictures.months import monthly_of

if TYPE_CHECKING:
    from kefen.ledger import Ledger

AS_OF = date(2026, 1, 1)
KINDS = {"orders": "ordered_on", "order_lines": "ordered_on", "returns": "returned_on"}
ASKED = [Request(name, Window.parse("12m")) for name in ("sales", "orders", "growth", "recency")]


def sold() -> dict[str, pl.DataFrame]:
    """Orders of which one is cancelled, lines of another that is not, returns of both."""
    orders = [
        ("O1", "K1", "2025-02-01", "100", ""),
        ("O2", "K1", "2025-03-01", "200", "cancelled"),
        ("O3", "K2", "2025-03-01", "50", ""),
        ("O5", "K1", "2024-03-01", "10", ""),
    ]
    lines = [("O2", "1", "K1", "2025-03-01", "200"), ("O4", "1", "K2", "2025-11-11", "70")]
    returns = [("R1", "K1", "2025-02-05", "30", "O1"), ("R2", "K1", "2025-03-05", "200", "O2")]
    shapes = {
        "orders": (orders, ["order_id", "customer_id", "ordered_on", "amount", "status"]),
        "order_lines": (lines, ["order_id", "line_no", "customer_id", "ordered_on", "amount"]),
        "returns": (returns, ["return_id", "customer_id", "returned_on", "amount", "order_id"]),
    }
    return {
        kind: pl.DataFrame(rows, schema=names, orient="row")
        for kind, (rows, names) in shapes.items()
    }


def plain(ledger: Ledger) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The indicators and the numbers of the facts of everybody, by the ledger's tables."""
    facts = {
        kind: ledger.table(kind, whole=True).to_polars().sort(day, descending=True)
        for kind, day in KINDS.items()
    }
    return indicators.compute(ledger, ASKED, AS_OF).to_polars(), facts


def of(code: str, rows: pl.DataFrame, facts: dict[str, pl.DataFrame]) -> Any:
    mine = pl.col("customer_id") == code
    found = {kind: table.filter(mine) for kind, table in facts.items()}
    return rows.filter(mine).to_dicts(), {
        kind: table.select("order_id", KINDS[kind]).rows() for kind, table in found.items()
    }


def read(reader: CustomerReader, ledger: Ledger, code: str) -> Any:
    reader.look(ledger, [code])
    [rows] = reader.ask(
        "sales",
        lambda part: [measure(part, ASKED, AS_OF, few=True).indicators(ASKED)],
        compares=True,
    )
    facts = {
        kind: [(row["order_id"], row[KINDS[kind]]) for row in found]
        for kind, found in reader.newest(KINDS, 10).items()
    }
    return rows.to_dicts(), facts


def test_a_reader_says_of_everybody_what_the_tables_say_and_after_more_has_landed() -> None:
    reader = CustomerReader()
    with kefen.from_frames(**sold()) as ledger:
        for _turn in range(2):
            known = plain(ledger)
            for code in ("K2", "nobody", "K1"):
                assert read(reader, ledger, code) == of(code, *known)
            assert monthly_of(reader) == pictures.monthly(ledger, "K1")
            more = {"order_id": ["O9"], "customer_id": ["K1"], "ordered_on": ["2025-12-05"]}
            ledger.load(pl.DataFrame(more | {"amount": ["9"]}), "orders")
    reader.close()


def test_what_does_not_count_is_void() -> None:
    reader = CustomerReader()
    with kefen.from_frames(**sold()) as ledger:
        reader.look(ledger, ["K1"])
        found = reader.newest(KINDS, 10)
    reader.close()
    void = {kind: {row["order_id"]: row["void"] for row in rows} for kind, rows in found.items()}
    assert void == {
        "orders": {"O1": False, "O2": True, "O5": False},
        "order_lines": {"O2": True},
        "returns": {"O1": False, "O2": True},
    }


def test_documents_are_found_by_their_number_as_in_the_tables() -> None:
    """Those that count: neither a cancelled order nor its lines; and those that landed since."""
    invoice = {"invoice_id": ["I1"], "customer_id": ["K2"], "issued_on": ["2025-04-01"]}
    columns = {
        "orders": ("customer_id", "amount"),
        "order_lines": ("customer_id", "amount"),
        "invoices": ("customer_id", "amount"),
    }
    numbers = {"orders": "order_id", "order_lines": "order_id", "invoices": "invoice_id"}
    reader, seen = CustomerReader(), 0
    with kefen.from_frames(**sold()) as ledger:
        for _turn in range(2):
            tables = {kind: ledger.table(kind).to_polars() for kind in columns}
            for number in ("O1", "O2", "O3", "O4", "I1", "O'1"):
                reader.look(ledger, [])
                told = reader.numbered(columns, number, 5)
                for kind, table in tables.items():
                    mine = table.filter(pl.col(numbers[kind]) == number).select(columns[kind])
                    assert sorted(map(str, told[kind])) == sorted(map(str, mine.to_dicts()))
                    seen += len(mine)
            ledger.load(pl.DataFrame(invoice | {"amount": ["9"]}), "invoices")
            ledger.alias({"K2": "K1"})
    reader.close()
    assert seen == 7
