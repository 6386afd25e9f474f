"""Rows of files that are sorted in memory land as those that an engine sorts."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

import kefen
from kefen.ledger import staged_files, tables
from kefen.ledger.sorted_rows import RowFiles

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HEAD = "order_id,line_no,customer_id,ordered_on,amount,category"
ROWS = st.tuples(
    st.sampled_from(["A1", "A2", "B1", "B2", "C1", "a1"]),
    st.integers(1, 2),
    st.sampled_from(["C1", "C2", "c1", "D", "\u5ba21", "Z9"]),
    st.integers(1, 9),
    st.sampled_from(["", "x", "\u529e\u516c"]),
)


def landed(folder: Path, rows: list[tuple[str, int, str, int, str]]) -> Any:
    """What an import of these rows gives, the rows by file, or why it is refused."""
    lines = [
        f"{of},{line},{who},2025-03-0{day},{day * 10},{what}" for of, line, who, day, what in rows
    ]
    with kefen.open(folder) as ledger:
        try:
            content = "\n".join([HEAD, *lines]).encode()
            batch = ledger.load(io.BytesIO(content), "order_lines", known_keys="tell")
        except kefen.KefenError as error:
            return error.code, error.data, []
    files = sorted((folder / "ledger" / "facts" / "order_lines").glob("*.parquet"))
    facts = [pl.read_parquet(file) for file in files]
    same = {"id": "", "at": None, "file_hash": "", "source": ""}
    return replace(batch, **same), batch.id, facts


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.lists(ROWS, min_size=2, max_size=12), st.integers(1, 4))
@example([("A1", 1, "C2", 3, "x"), ("A1", 1, "C2", 3, "x"), ("A1", 2, "C1", 1, "")], 1)
@example([("A1", 1, "C2", 3, "x"), ("B1", 1, "C1", 3, "x"), ("C1", 2, "Z9", 1, "")], 1)
@example([("A1", 1, "Z9", 3, "x"), ("B1", 1, "Z9", 2, "x"), ("B1", 1, "C1", 1, "")], 2)
def test_sorted_in_memory_as_by_an_engine(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[tuple[str, int, str, int, str]],
    size: int,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(staged_files, "MOST_ROWS", 3)
        patch.setattr(staged_files, "_ROWS", size)
        patch.setattr(tables, "ROW_GROUP", 2)
        in_ranges = landed(tmp_path_factory.mktemp("ranges"), rows)
    in_memory = landed(tmp_path_factory.mktemp("memory"), rows)
    with monkeypatch.context() as patch:
        patch.setattr(RowFiles, "fit", property(lambda _: False))
        by_engine = landed(tmp_path_factory.mktemp("engine"), rows)
    for other in (in_ranges, in_memory):
        assert other[0] == by_engine[0]
        if not by_engine[2]:
            continue
        facts, expected = pl.concat(other[2]), pl.concat(by_engine[2])
        assert facts.schema == expected.schema
        assert facts["batch_id"].unique().to_list() == [other[1]]
        order = facts.select("customer_id", "ordered_on").rows()
        assert order == sorted(order)
        facts, expected = facts.drop("batch_id"), expected.drop("batch_id")
        assert facts.sort(facts.columns).equals(expected.sort(expected.columns))


def test_ranges_are_written_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged_files, "MOST_ROWS", 10)
    monkeypatch.setattr(staged_files, "_ROWS", 8)
    rows = [(f"O{n:02}", 1, f"K{n * 7 % 20:02}", 1 + n % 9, "x") for n in range(20)]
    _, _, facts = landed(tmp_path, rows)
    seen = [set(file["customer_id"]) for file in facts]
    assert len(seen) == 2
    assert max(seen[0]) < min(seen[1])
    assert sum(map(len, facts)) == len(rows)
