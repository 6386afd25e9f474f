"""A small ledger with everything in it that engines like to disagree about.

Nulls in every column that may lack a value, ties, refunds, zero and huge amounts, customers
without facts, facts of unheard-of customers, letters of several scripts, quotes in names and
keys, leap days, orders with and without lines.
"""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.facts import KINDS

if TYPE_CHECKING:
    import kefen

CUSTOMERS = 260
AS_OF = date(2025, 3, 1)
ODD = ["客户一号", "Émile", "O'Brien", "a b", "50%", "[x]*?", "Zoë\u0308", "🙂", 'say "hi"', "-1"]
FIRST, LAST = date(2022, 12, 30), date(2025, 5, 31)
TURNS = [date(2024, 2, 29), date(2024, 3, 1), date(2023, 12, 31), date(2025, 2, 28), FIRST]
MONEY = ["0.01", "100.00", "100.00", "99.99", "-35.50", "0.00", "1234567.89", "20.10", "7.77"]
TEXTS = {
    "channel": ["线上", "门店", "Web", "web", "", None],
    "category": ["日化", "食品", "Ästhetik", "zinc", "Zinc", None],
    "type": ["visit", "call", "complaint", "service", "satisfaction", "suggestion", "inquiry"],
    "direction": ["in", "out", None],
    "status": ["open", "resolved", "已完成", None],
    "region": ["华东", "华北", "East", None],
    "industry": ["批发零售", "Wholesale", None],
    "product_id": [f"P{n}" for n in range(12)],
    "brand": ["净佳", "A&B", None],
    "specification": ["2kg", "红", None],
    "source_channel": ["展会", "转介绍", "Web", None],
    "email": ["buyer@example.com", None],
    "phone": ["021-55550101", None],
}
ROWS = {
    "customers": CUSTOMERS,
    "contacts": 60,
    "orders": 700,
    "order_lines": 2600,
    "returns": 160,
    "invoices": 500,
    "payments": 520,
    "interactions": 500,
    "feedback": 260,
}


def ids() -> list[str]:
    return [*ODD, *(f"C{n:03}" for n in range(CUSTOMERS - len(ODD)))]


def fill(ledger: kefen.Ledger, seed: int = 7) -> kefen.Ledger:
    """Load every kind of fact, and take part of it back."""
    chance = random.Random(seed)
    for kind in KINDS:
        ledger.load(frame(kind, chance), kind)
    again = frame("orders", random.Random(seed + 1))
    more = ledger.load(again, "orders", known_keys="replace")
    ledger.undo(more.id)
    return ledger


def frame(kind: str, chance: random.Random) -> pl.DataFrame:
    rows = [_row(kind, number, chance) for number in range(ROWS[kind])]
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(kind: str, number: int, chance: random.Random) -> dict:
    row = {column.name: _value(kind, column, number, chance) for column in KINDS[kind].stored}
    if (day := KINDS[kind].date_column) and ids().index(row["customer_id"]) % 3 == 0:
        row[day] = FIRST + (row[day] - FIRST) / 3  # a third of the customers left long ago
    if kind == "customers":
        row["attributes"] = None if number % 5 else json.dumps({"own": number, "等级": "own"})
        row["职业"] = chance.choice(["医生", "Teacher", None])
        row["客户等级"] = chance.choice(["VIP", "普通", None])
        row["it's a key"] = chance.choice(["yes", "no"])
    return row


def _value(kind: str, column, number: int, chance: random.Random):
    name, known = column.name, column.required or column.name in KINDS[kind].key
    if name == "customer_id":
        return ids()[number] if kind == "customers" else _someone(chance)
    if name == "order_id":
        return _order(kind, number, chance)
    if name == "line_no":
        return number + 1
    if name in KINDS[kind].key:
        return f"{kind[:2]}{number}"
    if name == "invoice_id":
        return f"in{chance.randrange(ROWS['invoices'])}"
    if not known and chance.random() < 0.12:
        return None
    if name in TEXTS:
        return chance.choice(TEXTS[name])
    return _of_type(column.type, chance)


def _someone(chance: random.Random) -> str:
    """Few buy much; the last thirty customers have no facts at all."""
    return ids()[int((CUSTOMERS - 30) * chance.random() ** 2)]


def _order(kind: str, number: int, chance: random.Random) -> str:
    """Lines belong to the first half of the orders, and to some that have no header."""
    if kind == "orders":
        return f"O{number}"
    return f"O{chance.randrange(350)}" if chance.random() < 0.8 else f"L{chance.randrange(300)}"


def _of_type(kind: str, chance: random.Random):
    if kind == "date":
        if chance.random() < 0.15:
            return chance.choice(TURNS)
        return FIRST + timedelta(days=chance.randrange((LAST - FIRST).days))
    if kind == "money":
        if chance.random() < 0.4:
            return Decimal(chance.choice(MONEY))
        return Decimal(chance.randrange(1, 400_000)).scaleb(-2)
    if kind == "number":
        return chance.choice([0.1, 1.0, 3.0, 2.5, 0.3, 80.0, 1e6])
    if kind == "integer":
        return chance.choice([0, 1, 30, 60, 90])
    if kind == "boolean":
        return chance.random() < 0.5
    return chance.choice(["甲", "b", "It's", "x" * 40])
