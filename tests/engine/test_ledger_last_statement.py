"""The last statement about a key holds, whatever was said of it before and in which file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = "order_id,customer_id,ordered_on,amount\n"
DAY = pl.lit("2025-01-03")
ONE = "O1,C1,2025-01-03,100\n"

amounts = st.sampled_from(["100", "90"])
exports = st.dictionaries(st.sampled_from(["O1", "O2"]), amounts, min_size=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[kefen.Ledger]:
    opened = kefen.open(tmp_path / "data")
    yield opened
    opened.close()


def send(ledger: kefen.Ledger, rows: dict[str, str], name: str = "export.csv") -> kefen.Batch:
    file = ledger.path.parent / name
    lines = (f"{key},C1,2025-01-03,{amount}\n" for key, amount in sorted(rows.items()))
    file.write_text(HEAD + "".join(lines))
    return ledger.load(file, "orders")


def held(ledger: kefen.Ledger) -> dict[str, str]:
    rows = ledger.table("orders").to_polars()
    return {row["order_id"]: f"{row['amount']:.0f}" for row in rows.iter_rows(named=True)}


def test_a_file_sent_again_after_a_correction_applies_again(ledger: kefen.Ledger) -> None:
    first = send(ledger, {"O1": "100", "O2": "5"})
    send(ledger, {"O1": "90"})
    check = ledger.check(ledger.path.parent / "export.csv", "orders")
    assert (check.already, check.unchanged) == (ledger.history()[-1].id, 1)
    again = send(ledger, {"O1": "100", "O2": "5"})
    assert (again.already, again.replaced, again.unchanged) == (False, 1, 1)
    assert held(ledger) == {"O1": "100", "O2": "5"}
    same = send(ledger, {"O1": "100", "O2": "5"})
    assert (same.already, same.id, ledger.version) == (True, again.id, 3)
    assert ledger.undo(again.id).status == "undone"
    assert held(ledger) == {"O1": "90", "O2": "5"}
    assert first.id in {batch.id for batch in ledger.history()}


def test_a_change_elsewhere_leaves_a_file_known(ledger: kefen.Ledger) -> None:
    first = send(ledger, {"O1": "100"})
    send(ledger, {"O2": "7"})
    again = send(ledger, {"O1": "100"})
    assert (again.already, again.id, again.unchanged) == (True, first.id, 1)
    assert ledger.version == 2


def test_customers_sent_again_apply_again(ledger: kefen.Ledger) -> None:
    for region in ("东", "西", "东"):
        file = ledger.path.parent / "customers.csv"
        file.write_text(f"customer_id,name,region\nC1,明达,{region}\n", encoding="utf-8")
        assert not ledger.load(file, "customers").already
    assert ledger.table("customers").region.to_pyarrow().to_pylist() == ["东"]


def test_the_same_content_of_another_origin_is_an_import_of_its_own(ledger: kefen.Ledger) -> None:
    file = ledger.path.parent / "orders.csv"
    file.write_text(HEAD + ONE)
    first = ledger.load(file, "orders", origin="shop")
    other = ledger.load(file, "orders", origin="till")
    assert (other.already, other.unchanged) == (False, 1)
    assert ledger.load(file, "orders", origin="shop").id == first.id
    ledger.undo(first.id)
    assert held(ledger) == {"O1": "100"}


def test_frames_are_the_same_only_when_their_rejected_rows_are(ledger: kefen.Ledger) -> None:
    def sent(amount: str) -> kefen.Batch:
        rows = {"order_id": ["O1", "O2"], "customer_id": ["C1", "C2"], "amount": ["5", amount]}
        return ledger.load(pl.DataFrame(rows).with_columns(ordered_on=DAY), "orders")

    first, other, again = sent("oops"), sent("later"), sent("later")
    assert (other.already, other.unchanged, other.rejected) == (False, 1, 1)
    assert [one.value for one in ledger.rejections(other.id)] == ["later"]
    assert (again.already, again.id) == (True, other.id)
    assert [one.value for one in ledger.rejections(first.id)] == ["oops"]


@given(st.lists(exports, min_size=3, max_size=6))
@settings(max_examples=6, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_ledger_is_a_dictionary_of_last_statements(
    tmp_path_factory: pytest.TempPathFactory, sent: list[dict[str, str]]
) -> None:
    ledger = kefen.open(tmp_path_factory.mktemp("ledger") / "data")
    said: dict[str, str] = {}
    for rows in sent:
        before, version = dict(said), ledger.version
        said |= rows
        batch = send(ledger, rows)
        assert held(ledger) == said
        if batch.already:
            assert (said, ledger.version) == (before, version)
    ledger.close()
