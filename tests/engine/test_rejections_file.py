"""The file of rejected rows: safe to open in a spreadsheet, and read back as it was."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kefen
from kefen.cells import restored, safe

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["=HYPERLINK(1)", "+86 Trading", "@home", "-dash", "Mingda", "'quoted'"]
ROWS = "".join(f"{place},{name},+8613800138{place:03},soon,1\n" for place, name in enumerate(NAMES))


@pytest.fixture
def mended(tmp_path: Path) -> Path:
    """A file whose every row is rejected for its date, written out and mended there."""
    source, out = tmp_path / "orders.csv", tmp_path / "rejected.csv"
    source.write_text(f"order id,customer name,note,order date,amount\n{ROWS}", "utf-8")
    ledger = kefen.open(tmp_path / "data")
    batch = ledger.load(source, "orders")
    assert batch.rejected == len(NAMES)
    ledger.write_rejections(batch.id, out, lang="en")
    out.write_text(out.read_text("utf-8-sig").replace(",soon,", ",2025-01-31,"), "utf-8")
    return out


def test_no_cell_is_a_formula(mended: Path) -> None:
    with mended.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]
    assert "'=HYPERLINK(1)" in cells


def test_the_mended_file_brings_names_and_phones_back_unchanged(
    mended: Path, tmp_path: Path
) -> None:
    ledger = kefen.open(tmp_path / "data")
    assert ledger.load(mended, "orders").added == len(NAMES)
    rows = ledger.table("orders").order_by("order_id").to_polars()
    assert rows["note"].to_list() == [f"+8613800138{place:03}" for place in range(len(NAMES))]
    names = ledger.table("customers").to_polars()["name"].to_list()
    assert set(NAMES[:5]) <= set(names)


def test_a_mark_is_not_doubled_by_going_out_twice(mended: Path, tmp_path: Path) -> None:
    mended.write_text(mended.read_text("utf-8").replace("2025-01-31", "later"), "utf-8")
    ledger, again = kefen.open(tmp_path / "data"), tmp_path / "again.csv"
    ledger.write_rejections(ledger.load(mended, "orders").id, again, lang="en")
    assert "'=HYPERLINK(1)" in again.read_text("utf-8-sig")
    assert "''=" not in again.read_text("utf-8-sig")


def test_the_import_of_a_mended_file_names_the_one_that_rejected_its_rows(
    mended: Path, tmp_path: Path
) -> None:
    ledger = kefen.open(tmp_path / "data")
    [first] = ledger.history()
    assert ledger.load(mended, "orders").note == f"mends {first.id}"


def test_the_added_headings_follow_the_language(mended: Path, tmp_path: Path) -> None:
    ledger, out = kefen.open(tmp_path / "data"), tmp_path / "zh.csv"
    [batch] = ledger.history()
    ledger.write_rejections(batch.id, out, lang="zh")
    assert mended.read_text("utf-8").splitlines()[0].endswith("Source line,Rejected because")
    assert out.read_text("utf-8-sig").splitlines()[0].endswith("源文件行号,拒收原因")


@given(st.text("=+-@'\t\r\n＝＋－＠1. a客", max_size=6))
def test_every_text_comes_back(text: str) -> None:
    marked = safe(text)
    assert restored(str(marked)) == text
    number = text.startswith("-") and text[1:2].isdigit()
    assert number or str(marked)[:1] not in {*"=+-@\t\r\n＝＋－＠"} or not text
