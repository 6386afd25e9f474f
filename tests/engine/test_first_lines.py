"""The first order lines of a ledger land without an engine's look as they do with it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

import kefen
from kefen.ledger import writer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from kefen.ledger.options import KnownKeys

HEADINGS = "order_id,line_no,customer_id,ordered_on,amount,product_id,category,salesperson"
PLAIN = [
    ("A1", "1", "C1", "2025-03-01", "10", "P1", "tools", "Li"),
    ("A1", "2", "C1", "2025-03-01", "20.5", "P2", "", ""),
    ("A2", "1", "C2", "2025-03-02", "30", "P1", "tools", "Wu"),
]
TWICE = [
    *PLAIN[:2],
    PLAIN[1],
    ("A1", "2", "C1", "2025-03-01", "7", "P2", "", ""),
    ("A2", "1", "C1", "2025-03-02", "30", "P1", "tools", "Wu"),
    ("A2", "1", "c-1", "2025-03-01", "30", "P1", "tools", "Wu"),
    ("A2", "2", "c-1", "2025-03-01", "5", "P1", "", "Li"),
    ("A2", "2", "c-1", "2025-03-01", "5", "P1", "", "Li"),
    ("A3", "1", "C2", "2025-03-01", "5", "P1", "", ""),
    ("A3", "2", "C2", "2025-03-02", "5", "P1", "", ""),
]
"""Rows that stand twice, differ, and are of several customers and days under one number."""
LINES = st.tuples(
    st.sampled_from(["A1", "A2", "B1", "CN-7", ""]),
    st.sampled_from(["1", "2", ""]),
    st.sampled_from(["C1", "C1", "c1", "C2", "散客", "00"]),
    st.sampled_from(["2025-03-01", "2025-03-02"]),
    st.sampled_from(["10", "20.5", "-3"]),
    st.sampled_from(["P1", "P2", ""]),
    st.sampled_from(["tools", ""]),
    st.sampled_from(["Li", "Wu", ""]),
)


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.lists(LINES, min_size=1, max_size=8), st.booleans(), st.booleans())
@example(PLAIN, True, False)
@example([*PLAIN, ("A3", "1", "散客", "2025-03-02", "5", "P1", "", "")], True, False)
@example([*PLAIN, ("A3", "1", "c1", "2025-03-02", "-500", "", "", "")], True, False)
@example([*PLAIN, ("CN-7", "1", "C1", "2025-03-02", "5", "P1", "", "")], True, False)
@example([*PLAIN, ("A3", "1", "c1", "2025-03-02", "5", "P1", "", "")], True, False)
@example(TWICE, False, False)
@example(TWICE, False, True)
@example(TWICE[-2:], False, False)
@example([*TWICE, ("A4~1", "1", "C1", "2025-03-01", "5", "P1", "", "")], False, False)
def test_first_lines_land_as_any_others(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[tuple[str, ...]],
    in_order: bool,
    known_as_new: bool,
) -> None:
    rows = sorted(rows) if in_order else rows
    known_keys: KnownKeys = "new" if known_as_new else "tell"
    content = "\n".join([HEADINGS, *map(",".join, rows)]).encode()

    def landed() -> Any:
        with kefen.open(tmp_path_factory.mktemp("data")) as ledger:
            try:
                batch = ledger.load(io.BytesIO(content), "order_lines", known_keys=known_keys)
            except kefen.KefenError as error:
                return error.code, error.data
            tables = [sorted_rows(ledger, kind) for kind in ("order_lines", "customers")]
            told = [rejected(ledger.rejections(batch.id)), rejected(ledger.repeats(batch.id))]
            said = pl.read_parquet(ledger.folder / "claims").drop("batch_id").sort("customer_id")
            ledger.undo(batch.id)
            left = [ledger.count(kind) for kind in ("order_lines", "customers")]
            same = {"id": "", "at": None, "file_hash": "", "source": ""}
            return replace(batch, **same), tables, told, said.rows(), left

    without = landed()
    with monkeypatch.context() as patch:
        patch.setattr(writer, "plan_of_first_lines", lambda *_: None)
        assert landed() == without


def test_doubtful_first_lines_are_settled_without_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "plan", None)
    content = "\n".join([HEADINGS, *map(",".join, TWICE)]).encode()
    with kefen.open(tmp_path) as ledger:
        batch = ledger.load(io.BytesIO(content), "order_lines", known_keys="tell")
    assert (batch.added, batch.repeated, batch.rejected) == (7, 2, 1)


def sorted_rows(ledger: kefen.Ledger, kind: str) -> list[tuple[Any, ...]]:
    """The rows of a kind without what differs from import to import."""
    rows = ledger.table(kind).drop("batch_id").to_polars()
    return rows.sort(rows.columns).rows()


def rejected(rows: Any) -> list[Any]:
    """Rejected or repeated rows in the order of their lines."""
    return sorted(rows, key=lambda row: row.line)
