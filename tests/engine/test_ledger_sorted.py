"""Rows of files that are sorted in memory land as those that an engine sorts."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

import kefen
from kefen.engines import open_embedded
from kefen.ledger import order_rollup, staged_files, tables
from kefen.ledger.order_rollup import OrderRollupStore
from kefen.ledger.sorted_rows import RowFiles

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HEAD = "order_id,line_no,customer_id,ordered_on,amount,category,salesperson"
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
        f"{of},{line},{who},2025-03-0{day},{day * 10},{what},{what and of}"
        for of, line, who, day, what in rows
    ]
    with kefen.open(folder) as ledger:
        try:
            content = "\n".join([HEAD, *lines]).encode()
            batch = ledger.load(io.BytesIO(content), "order_lines", known_keys="tell")
        except kefen.KefenError as error:
            return error.code, error.data, [], []
        known = ledger.table("customers").drop("batch_id").order_by("customer_id").to_pyarrow()
    files = sorted((folder / "ledger" / "facts" / "order_lines").glob("*.parquet"))
    facts = [pl.read_parquet(file) for file in files]
    same = {"id": "", "at": None, "file_hash": "", "source": ""}
    return replace(batch, **same), batch.id, facts, known.to_pylist()


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
        patch.setattr(staged_files, "MOST_HELD", 1)
        in_files = landed(tmp_path_factory.mktemp("files"), rows)
    with monkeypatch.context() as patch:
        patch.setattr(RowFiles, "fit", property(lambda _: False))
        by_engine = landed(tmp_path_factory.mktemp("engine"), rows)
    for other in (in_ranges, in_memory, in_files):
        assert other[0] == by_engine[0]
        assert other[3] == by_engine[3]
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
    _, _, facts, _ = landed(tmp_path, rows)
    seen = [set(file["customer_id"]) for file in facts]
    assert len(seen) == 2
    assert max(seen[0]) < min(seen[1])
    assert sum(map(len, facts)) == len(rows)


BOUGHT = st.tuples(
    st.sampled_from(["A1", "A2", "B1", "B2", "C1", "C2"]),
    st.sampled_from(["", "shop", "web"]),
    st.sampled_from(["-4.00", "0", "0.01", "12.5", "999999999999.99"]),
    st.sampled_from(["", "-1", "3.25"]),
    st.sampled_from(["", "-2", "0.5", "0.000001", "0.1234567", "1e12"]),
    st.sampled_from(["", "x", "y", "\u529e\u516c"]),
)


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.lists(BOUGHT, min_size=2, max_size=14), st.booleans())
@example([("A1", "web", "12.5", "3.25", "2", "x"), ("A2", "", "0", "", "", "")] * 3, False)
@example([("A1", "", "0.01", "", "", "y"), ("A1", "web", "-4.00", "-1", "0.5", "x")] * 3, True)
def test_folded_in_memory_as_by_an_engine(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[tuple[str, ...]],
    few: bool,
) -> None:
    folder = tmp_path_factory.mktemp("folded")
    head = "order_id,line_no,customer_id,ordered_on,channel,amount,cost,quantity,category"
    lines = [
        f"{of},{line},{of[0]},2025-03-0{1 + line * (of == 'B2')},{','.join(rest)}"
        for line, (of, *rest) in enumerate(rows, start=1)
    ]
    monkeypatch.setattr(order_rollup, "ROW_GROUP", 2)
    monkeypatch.setattr(order_rollup, "BITS", 1 if few else 63)
    in_memory, made = OrderRollupStore.fold_sorted, []

    def fold(store: OrderRollupStore, name: str, *given: Any) -> None:
        in_memory(store, name, *given)
        made.extend(store._ready)

    monkeypatch.setattr(OrderRollupStore, "fold_sorted", fold)
    with kefen.open(folder) as ledger:
        content = "\n".join([head, *lines]).encode()
        ledger.load(io.BytesIO(content), "order_lines", known_keys="new", repeated_lines="all")
    [piece] = (folder / "ledger" / "daybook").glob("*/part-*.parquet")
    found = pl.read_parquet(piece)
    assert found["code"].is_sorted()
    piece.unlink()
    engine = open_embedded()
    try:
        OrderRollupStore(folder / "ledger", engine).fold(1)
    finally:
        engine.close()
    expected = pl.read_parquet(piece)
    assert found.schema == expected.schema
    keys = ["customer_id", "ordered_on", "order_id", "channel"]
    assert found.sort(keys).equals(expected.sort(keys))
    simple = not any(row[4] in ("0.1234567", "1e12") for row in rows)
    assert bool(made) == simple
