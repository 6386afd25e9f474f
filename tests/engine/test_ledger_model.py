"""Whatever is loaded and taken back in whatever order, the ledger says what the standing files say.

The model is a replay: the files not undone, in the order they came, each key as last written.
Lines of one number and several customers are several orders, also here; all lines are of one day,
so that what several days make of a number is not asked.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefen
from kefen.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMERS = ["C1", "C2", "C3"]
NAMES = [None, "甲", "乙"]
DAY = dt.date(2025, 3, 1)
ORDER_COLUMNS = ["order_id", "customer_id", "amount", "note"]
LINE_COLUMNS = ["order_id", "customer_id", "amount", "product_id"]
CUSTOMER_COLUMNS = ["name", "region", "industry"]

amounts = st.sampled_from([Decimal("1.00"), Decimal("2.50")])
orders = st.fixed_dictionaries(
    {
        "order_id": st.sampled_from(["O1", "O2", "O3", "O4"]),
        "customer_id": st.sampled_from(CUSTOMERS),
        "customer_name": st.sampled_from(NAMES),
        "amount": amounts,
        "note": st.sampled_from([None, "x"]),
    }
)
lines = st.fixed_dictionaries(
    {
        "order_id": st.sampled_from(["L1", "L2", "L3"]),
        "customer_id": st.sampled_from(CUSTOMERS),
        "customer_name": st.sampled_from(NAMES),
        "amount": amounts,
        "product_id": st.sampled_from(["P1", "P2"]),
    }
)
customers = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(CUSTOMERS),
        "name": st.sampled_from(NAMES),
        "region": st.sampled_from([None, "东", "西"]),
        "industry": st.sampled_from([None, "零售"]),
    }
)
order_files = st.lists(orders, min_size=1, max_size=4, unique_by=lambda row: row["order_id"])
line_files = st.lists(
    lines,
    min_size=1,
    max_size=5,
    unique_by=lambda row: (row["order_id"], row["customer_id"], row["amount"], row["product_id"]),
)
customer_files = st.tuples(
    st.lists(customers, min_size=1, max_size=3, unique_by=lambda row: row["customer_id"]),
    st.sets(st.sampled_from(CUSTOMER_COLUMNS), min_size=1).map(sorted),
)
steps = st.one_of(
    st.tuples(st.just("orders"), order_files),
    st.tuples(st.just("order_lines"), line_files),
    st.tuples(st.just("customers"), customer_files),
    st.tuples(st.just("undo"), st.integers(0, 7)),
    st.tuples(st.just("remove"), st.sampled_from(["O1", "O2"])),
)


def numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a file, each with its order: who comes first with a number keeps it.

    Lines of other customers are under the number with a mark of the customer and the day.
    """
    first: dict[str, str] = {}
    found = []
    for row in rows:
        number, customer = row["order_id"], row["customer_id"]
        if first.setdefault(number, customer) != customer:
            mark = hashlib.md5(f"{customer}\x1f{DAY}".encode(), usedforsecurity=False).hexdigest()
            number = f"{number}~{mark[:8]}"
        found.append({**row, "order_id": number})
    return found


class Model:
    """The files that stand, and what they add up to."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, Any]] = {}

    def orders(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for kind, rows in self.files.values():
            if kind == "remove":
                found.pop(rows, None)
            if kind == "orders":
                found |= {row["order_id"]: tuple(row[c] for c in ORDER_COLUMNS) for row in rows}
        return found

    def lines(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for kind, rows in self.files.values():
            if kind == "order_lines":
                told = numbered(rows)
                found |= {row["order_id"]: Counter() for row in told}
                for row in told:
                    found[row["order_id"]][tuple(row[c] for c in LINE_COLUMNS)] += 1
        return found

    def customers(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        blank: dict[str, Any] = dict.fromkeys([*CUSTOMER_COLUMNS, "called"])
        for kind, content in self.files.values():
            if kind == "remove":
                continue
            rows, columns = content if kind == "customers" else (content, [])
            for row in rows:
                known = found.setdefault(row["customer_id"], dict(blank))
                known["called"] = known["called"] or row.get("customer_name")
                for column in columns:
                    known[column] = row[column] or known[column]
        for known in found.values():
            called = known.pop("called")
            known["name"] = known["name"] or called
        return found

    def state(self) -> tuple[Any, Any, Any]:
        return self.orders(), self.lines(), self.customers()


def read(ledger: kefen.Ledger) -> tuple[Any, Any, Any]:
    """The ledger's content in the model's shape."""
    found = {
        row["order_id"]: tuple(row[c] for c in ORDER_COLUMNS)
        for row in ledger.table("orders").to_polars().iter_rows(named=True)
    }
    lined: dict[str, Any] = {}
    for row in ledger.table("order_lines").to_polars().iter_rows(named=True):
        lined.setdefault(row["order_id"], Counter())[tuple(row[c] for c in LINE_COLUMNS)] += 1
    people = {
        row["customer_id"]: {c: row[c] for c in CUSTOMER_COLUMNS}
        for row in ledger.table("customers").to_polars().iter_rows(named=True)
    }
    return found, lined, people


def load(ledger: kefen.Ledger, kind: str, content: Any) -> Any:
    if kind == "remove":
        return ledger.remove("orders", [content])
    if kind == "customers":
        rows, columns = content
        frame = pl.DataFrame(
            [{c: row[c] for c in ["customer_id", *columns]} for row in rows],
            schema=dict.fromkeys(["customer_id", *columns], pl.String),
        )
        return ledger.load(frame, kind)
    frame = pl.DataFrame([{**row, "ordered_on": DAY} for row in content], infer_schema_length=None)
    return ledger.load(frame, kind, shared_codes="one")


@given(st.lists(steps, min_size=2, max_size=7))
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
def test_the_ledger_is_what_its_standing_files_say(
    tmp_path_factory: Any, script: list[tuple[str, Any]]
) -> None:
    path: Path = tmp_path_factory.mktemp("ledger")
    ledger, model = kefen.open(path), Model()
    states = {0: model.state()}
    batches: list[str] = []
    for what, content in script:
        if what == "undo":
            standing = [batch for batch in batches if batch in model.files]
            if not standing:
                continue
            batch_id = standing[content % len(standing)]
            assert ledger.undo(batch_id).status == "undone"
            del model.files[batch_id]
        elif what == "remove" and content not in model.orders():
            with pytest.raises(LedgerError, match="unknown-fact"):
                load(ledger, what, content)
        else:
            batch = load(ledger, what, content)
            assert batch.rejected == 0
            if batch.already:
                assert batch.id in model.files
                before = model.state()
                model.files["again"] = (what, content)
                assert model.state() == before
                del model.files["again"]
                continue
            batches.append(batch.id)
            model.files[batch.id] = (what, content)
        states[ledger.version] = model.state()
        assert read(ledger) == model.state()
    for version, state in states.items():
        assert read(ledger.at(version)) == state
    assert [batch.status for batch in ledger.history()] == [
        "committed" if batch in model.files else "undone" for batch in batches
    ]
    ledger.close()
