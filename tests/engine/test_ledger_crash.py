"""A writer that dies leaves the ledger as it was or whole; one writer at a time; damage is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen.errors import LedgerError
from kefen.ledger import lock
from kefen.wording import describe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = "order_id,customer_id,ordered_on,amount\n"
DYING = """
import os, signal, sys
import kefen
from deltalake import DeltaTable
from kefen.ledger.tables import FactTable
from kefen.ledger.versions import Versions

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def die_after(owner, name, times=1):
    real, left = getattr(owner, name), [times]
    def call(*args, **kwargs):
        found = real(*args, **kwargs)
        left[0] -= 1
        if not left[0]:
            die()
        return found
    setattr(owner, name, call)

path, file, point = sys.argv[1:]
if point == "staged":
    import kefen.ledger.writer as writer
    writer.plan = die
elif point == "written":
    DeltaTable.create_write_transaction = die
elif point == "one table":
    die_after(FactTable, "change")
elif point == "both tables":
    Versions.commit = die
elif point == "drafted":
    os.link = die
elif point == "standing":
    die_after(os, "link")
print("loading", flush=True)
kefen.open(path).load(file)
print("loaded", flush=True)
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[kefen.Ledger]:
    opened = kefen.open(tmp_path / "data")
    yield opened
    opened.close()


def file_of(tmp_path: Path, name: str, rows: range, amount: int) -> Path:
    file = tmp_path / name
    lines = [f"O{n},C{n % 7},2025-01-{n % 28 + 1:02},{amount}\n" for n in rows]
    file.write_text(HEAD + "".join(lines), "utf-8")
    return file


def content(ledger: kefen.Ledger) -> tuple[int, list[int], int]:
    amounts = ledger.table("orders").to_polars()["amount"]
    return ledger.count("customers"), sorted(map(int, set(amounts))), len(amounts)


def strays(path: Path, ledger: kefen.Ledger) -> list[str]:
    """Files in the ledger's folder that no step of the ledger owns."""
    steps = [json.loads(file.read_text())["step"] for file in path.glob("ledger/versions/*.json")]
    data = [*path.rglob("*.parquet"), *path.rglob("*.jsonl"), *path.rglob("*.part")]
    left = [str(file) for file in data if not any(step in file.name for step in steps)]
    return left + [str(entry) for entry in (path / "ledger" / "staging").iterdir()]


def run(path: Path, file: Path, point: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DYING, str(path), str(file), point],
        stdout=subprocess.PIPE,
        text=True,
    )


POINTS = ["staged", "written", "one table", "both tables", "drafted", "standing"]


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_import_is_not_seen_and_not_in_the_way(
    tmp_path: Path, ledger: kefen.Ledger, point: str
) -> None:
    ledger.load(file_of(tmp_path, "a.csv", range(6), 1))
    before = content(ledger)
    second = file_of(tmp_path, "b.csv", range(3, 20), 2)
    with run(ledger.path, second, point) as process:
        process.communicate()
    assert process.returncode == -9
    whole = point == "standing"
    assert content(ledger) == ((7, [1, 2], 20) if whole else before)
    batch = ledger.load(second)
    assert batch.already is whole
    assert content(ledger) == (7, [1, 2], 20)
    ledger.load(file_of(tmp_path, "c.csv", range(1), 3))
    assert strays(ledger.path, ledger) == []
    assert content(ledger.at(1)) == before


def test_an_import_killed_at_any_moment(tmp_path: Path, ledger: kefen.Ledger) -> None:
    ledger.load(file_of(tmp_path, "a.csv", range(6), 1))
    for number, delay in enumerate([0.0, 0.1, 0.2, 0.35, 0.6]):
        before, version = content(ledger), ledger.version
        file = file_of(tmp_path, f"{number}.csv", range(number * 40, number * 40 + 50), number + 2)
        with run(ledger.path, file) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            process.kill()
        landed = ledger.version > version
        if not landed:
            assert content(ledger) == before
        assert ledger.load(file).already is landed
        assert (ledger.version, ledger.count("orders")) == (version + 1, number * 40 + 50)
        assert content(ledger.at(version)) == before


def test_a_first_import_killed_half_way_leaves_an_empty_ledger(
    tmp_path: Path, ledger: kefen.Ledger
) -> None:
    file = file_of(tmp_path, "a.csv", range(6), 1)
    with run(ledger.path, file, "both tables") as process:
        process.communicate()
    assert (ledger.version, ledger.count("orders"), ledger.history()) == (0, 0, [])
    assert ledger.load(file).added == 6


def test_a_second_writer_is_told_who_writes(
    tmp_path: Path, ledger: kefen.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    file = file_of(tmp_path, "a.csv", range(6), 1)
    with lock.writing(ledger.path / "ledger" / "lock", by="王芳"):
        with pytest.raises(LedgerError, match="ledger-busy") as refused:
            ledger.load(file)
        assert ledger.check(file).added == 6
    assert (refused.value.data["pid"], refused.value.data["by"]) == (os.getpid(), "王芳")
    assert f"王芳 (process {os.getpid()}, since " in describe(refused.value)
    unknown = describe(LedgerError("ledger-busy", writer=lock.writer({})))
    assert unknown.startswith("The ledger is taken: another process is writing to it.")
    assert ledger.load(file).added == 6


def test_writers_wait_for_each_other(tmp_path: Path, ledger: kefen.Ledger) -> None:
    files = [file_of(tmp_path, f"{n}.csv", range(n * 10, n * 10 + 10), n + 1) for n in range(2)]
    processes = [run(ledger.path, file) for file in files]
    for process in processes:
        with process:
            process.communicate()
        assert process.returncode == 0
    assert (ledger.version, ledger.count("orders")) == (2, 20)


def test_a_table_in_hand_is_not_moved_by_writers(tmp_path: Path, ledger: kefen.Ledger) -> None:
    ledger.load(file_of(tmp_path, "a.csv", range(6), 1))
    held = ledger.table("orders")
    with kefen.open(ledger.path) as other:
        batch = other.load(file_of(tmp_path, "b.csv", range(10), 2))
    assert set(held.to_polars()["amount"]) == {1}
    assert (ledger.version, ledger.count("orders")) == (2, 10)
    ledger.undo(batch.id)
    assert set(held.to_polars()["amount"]) == {1}


def test_a_file_is_no_ledger(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("")
    with pytest.raises(LedgerError, match="not-a-folder"):
        kefen.open(file)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("")
    orders = pl.DataFrame([{"customer_id": "C", "ordered_on": "2025-01-03", "amount": 1}])
    with kefen.open(tmp_path) as ledger, pytest.raises(LedgerError, match="ledger-not-writable"):
        ledger.load(orders, "orders")


@pytest.mark.parametrize("damage", ["manifest", "log", "data", "cut"])
def test_damage_is_told_with_its_place(tmp_path: Path, ledger: kefen.Ledger, damage: str) -> None:
    ledger.load(file_of(tmp_path, "a.csv", range(6), 1))
    home = ledger.path / "ledger"
    if damage == "manifest":
        (home / "versions" / "1.json").write_text('{"version": 1')
    elif damage == "log":
        shutil.rmtree(home / "facts" / "orders" / "_delta_log")
    elif damage == "cut":
        file = next((home / "facts" / "orders").glob("*.parquet"))
        file.write_bytes(file.read_bytes()[:100])
    else:
        next((home / "facts" / "orders").glob("*.parquet")).unlink()
    with (
        kefen.open(ledger.path) as opened,
        pytest.raises(LedgerError, match="ledger-damaged") as told,
    ):
        opened.table("orders")
    assert str(home) in told.value.data["path"]
