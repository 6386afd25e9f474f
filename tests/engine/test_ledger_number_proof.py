"""What a file shows of its numbers while it is read is what comparing its rows shows."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

import kefen
from kefen.ledger.facts import kind
from kefen.ledger.import_workspace import ImportWorkspace
from kefen.ledger.number_proof import NumberProof
from kefen.ledger.similar_customers import likenesses, similar

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WORDS = ["A1", "A1", "A2", "B1", "a1", "A-1", "#A1", "A 2", "CN-7", "甲1"]
FIGURES = ["01", "1", "1.0", "1-1", "11"]
NUMBERS = st.sampled_from(WORDS + FIGURES)
ROWS = st.lists(st.tuples(NUMBERS, st.integers(1, 3), st.sampled_from("CCCD")), max_size=7)


def plain(number: str) -> str:
    """The form in which numbers are compared."""
    bare = re.sub(r"\.0+$", "", re.sub(r"^[#\s'№]+", "", number.lower()))
    return (re.sub(r"[\s\-_/.]+", "", bare) if re.search("[a-z]", bare) else bare).lstrip("0")


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=3), st.sampled_from(["order_lines", "orders"]))
@example([[("A1", 1, "C")], [("A1", 2, "C"), ("B1", 1, "C")]], "order_lines")
@example([[("A1", 1, "C"), ("B1", 1, "C")], [("A1", 2, "C")]], "order_lines")
def test_what_is_proved_is_so(parts: list[list[tuple[str, int, str]]], name: str) -> None:
    proof = NumberProof(kind(name))
    columns = {"order_id": pl.String, "line_no": pl.Int64, "customer_id": pl.String}
    for part in filter(None, parts):
        proof.look(pl.DataFrame(part, schema=columns, orient="row"))
    rows = [row for part in parts for row in part]
    numbers = [number for number, _, _ in rows]
    places = {number: [at for at, one in enumerate(numbers) if one == number] for number in numbers}
    together = all(at[-1] - at[0] + 1 == len(at) for at in places.values())
    keys = [row[: len(kind(name).key)] for row in rows]
    if proof.distinct():
        assert together
        assert len({*map(plain, numbers)}) == len(places)
    if proof.keys_once():
        assert len(set(keys)) == len(keys)
    twice, shared = proof.twice(), proof.shared()
    if twice is not None:
        assert {key[0] for key in keys if keys.count(key) > 1} <= {*twice}
    if shared is not None:
        pairs = {(number, customer) for number, _, customer in rows}
        assert {*shared} == {n for n in numbers if sum(n == of for of, _ in pairs) > 1}
    if proof.of_one_customer():
        assert len({(number, customer) for number, _, customer in rows}) == len(places)
    if rows and together and {*numbers} <= {"A1", "A2", "B1"}:
        assert proof.distinct()
        assert proof.begin_alike()


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.lists(st.tuples(NUMBERS, st.integers(1, 3), st.sampled_from("CCCD")), min_size=2))
@example([("A1", 1, "C"), ("A1", 1, "C"), ("A1", 2, "C")])
@example([("A1", 1, "C"), ("B1", 1, "C"), ("A1", 2, "D"), ("a1", 2, "C")])
@example([("INV-1", 1, "C"), ("INV-1", 2, "C"), ("CN-7", 1, "C")])
@example([("A1", 1, "C"), ("A1", 1, "D"), ("A1", 1, "D"), ("A2", 1, "C"), ("A2", 1, "C")])
@example([("A1", 1, "C"), ("A1", 2, "D"), ("A2", 2, "C"), ("A2", 1, "C"), ("A2", 2, "C")])
def test_an_import_is_the_same_without_proof(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[tuple[str, int, str]],
) -> None:
    head = "order_id,line_no,customer_id,ordered_on,amount"
    lines = [f"{of},{line},{who},2025-03-0{line},{line * 10}" for of, line, who in rows]
    content = "\n".join([head, *lines]).encode()

    def landed() -> Any:
        with kefen.open(tmp_path_factory.mktemp("data")) as ledger:
            try:
                batch = ledger.load(io.BytesIO(content), "order_lines", known_keys="tell")
            except kefen.KefenError as error:
                return error.code, error.data
            rows = ledger.table("order_lines", whole=True).drop("batch_id").to_polars()
            same = {"id": "", "at": None, "file_hash": "", "source": ""}
            return replace(batch, **same), rows.sort(rows.columns).rows()

    proved = landed()
    with monkeypatch.context() as patch:
        patch.setattr(NumberProof, "distinct", lambda _: False)
        patch.setattr(NumberProof, "begin_alike", lambda _: False)
        assert landed() == proved


def test_first_customers_are_similar_only_where_their_texts_may_be(tmp_path: Path) -> None:
    texts = st.sampled_from(
        ["c1", "C-1", "cl", "01", "1", "1.0", "Acme", "acme.", "甲", "甲 ", "é", "."]
    )
    customers = st.dictionaries(texts, st.none() | texts, min_size=1, max_size=4)
    bench = ImportWorkspace(tmp_path)
    schema = kind("customers").stored_schema()

    @settings(max_examples=25, deadline=None)
    @given(customers)
    def check(names: dict[str, str | None]) -> None:
        frame = pl.DataFrame({"customer_id": [*names], "name": [*names.values()]})
        rows = bench.engine.lend(frame.cast(pl.String), schema)
        asked = bench, rows.select(frame.columns), bench.engine.empty(schema), rows
        assert similar(*asked, first=True) == similar(*asked)
        if {*names} <= {"c1", "Acme", "甲", "1"} and {*names.values()} == {None}:
            assert not likenesses(frame)

    try:
        check()
    finally:
        bench.close()
