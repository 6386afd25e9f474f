"""A disk that is full or closed: one clear error, nothing half written, and it goes on after."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable

import kefen
from kefen.engines.embedded import Embedded
from kefen.ledger import staged_files, tables
from kefen.ledger.tables import FactTable
from kefen.storage import StorageError, refusal, write_whole

ORDERS = pl.DataFrame(
    [
        {"order_id": f"{n}", "customer_id": f"C{n % 5}", "ordered_on": "2025-01-03", "amount": n}
        for n in range(20)
    ]
)
MORE = ORDERS.with_columns(order_id=pl.col("order_id") + "x")
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    with kefen.open(tmp_path / "data") as opened:
        opened.load(ORDERS, "orders")
        yield opened


def refuse(*_: Any, **__: Any) -> None:
    raise FULL


def files(folder: Path) -> list[str]:
    kept = [file for file in folder.rglob("*") if "_delta_log" not in file.parts]
    return sorted(str(file.relative_to(folder)) for file in kept if file.is_file())


POINTS = {
    "aside": (Embedded, "write_parquet"),
    "facts": (FactTable, "_sort"),
    "facts by the engine": (FactTable, "_compute"),
    "footer": (tables, "counts_in_parquet"),
    "log": (DeltaTable, "create_write_transaction"),
    "manifest": (os, "fsync"),
    "standing": (os, "link"),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_disk_that_fills_up_during_an_import(
    ledger: kefen.Ledger, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    before = files(ledger.path)
    with monkeypatch.context() as broken:
        broken.setattr(*POINTS[point], refuse)
        if point == "facts by the engine":
            broken.setattr(staged_files, "MOST_ROWS", 0)  # as where they do not fit in memory
        with pytest.raises(StorageError, match="disk-full"):
            ledger.load(MORE, "orders")
    assert files(ledger.path) == before
    assert (ledger.version, ledger.count("orders")) == (1, 20)
    assert ledger.load(MORE, "orders").added == 20


@pytest.mark.parametrize("point", ["aside", "manifest"])
def test_a_disk_that_fills_up_during_a_run(
    ledger: kefen.Ledger, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(*POINTS[point], refuse)
        with pytest.raises(StorageError, match="disk-full"):
            kefen.grade(ledger, "abc")
    halves = [run for run in kefen.runs(ledger) if run.status != "failed"]
    assert halves == []
    assert all((folder / "run.json").exists() for folder in (ledger.path / "runs").iterdir())
    assert kefen.grade(ledger, "abc").status == "finished"


LIMITED = """
import resource, sys
import kefen
from kefen.errors import KefenError
ledger = kefen.open(sys.argv[1])
ledger.engine
resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384))
try:
    if sys.argv[2] == "import":
        import polars as pl
        rows = [{"order_id": str(n), "customer_id": str(n * 7919 % 100_003),
                 "ordered_on": "2025-01-03", "amount": n * 31 % 9973} for n in range(30_000)]
        ledger.load(pl.DataFrame(rows), "orders")
    else:
        kefen.grade(ledger, "abc")
except KefenError as error:
    print(error.code)
"""


def test_a_limit_of_the_system_is_a_full_disk(ledger: kefen.Ledger) -> None:
    """Files may grow to 16 kB only: whatever library writes, its refusal is understood."""
    words = [sys.executable, "-c", LIMITED, str(ledger.path), "import"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout == "disk-full\n", done.stderr
    assert (ledger.version, ledger.count("orders")) == (1, 20)
    assert list((ledger.path / "ledger" / "staging").iterdir()) == []


def test_a_killed_run_leaves_no_folder_to_the_next(ledger: kefen.Ledger) -> None:
    dying = f"""
import os, kefen
from kefen.run.store import RunStore
RunStore.write = lambda shelf, run: os.kill(os.getpid(), {int(signal.SIGKILL)})
kefen.grade(kefen.open({str(ledger.path)!r}), "abc")
"""
    assert subprocess.run([sys.executable, "-c", dying], check=False).returncode == -9
    assert len(list((ledger.path / "runs").iterdir())) == 1
    run = kefen.grade(ledger, "rfm")
    assert [folder.name for folder in (ledger.path / "runs").iterdir()] == [run.id]


def test_a_run_that_is_being_carried_out_keeps_its_folder(ledger: kefen.Ledger) -> None:
    seen = []

    def other(_: Any) -> None:
        if not seen:
            seen.append(True)
            with kefen.open(ledger.path) as second:
                kefen.grade(second, "rfm")

    assert kefen.grade(ledger, "abc", progress=other).status == "finished"
    assert len(kefen.runs(ledger)) == 2


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_closed_folder_is_named(ledger: kefen.Ledger, monkeypatch: Any, number: int) -> None:
    def closed(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(FactTable, "_sort", closed)
    with pytest.raises(StorageError, match="folder-not-writable") as told:
        ledger.load(MORE, "orders")
    assert told.value.data["reason"] == os.strerror(number)


def test_a_file_that_cannot_be_read_is_not_a_folder_that_cannot_be_written() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/home/ann/orders.csv")
    assert refusal(error, Path("/srv/kefen")) is None


def test_a_folder_above_that_lets_nobody_in_is_named() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/srv")
    found = refusal(error, Path("/srv/kefen/data"))
    assert found is not None
    assert found.data["path"] == "/srv"


def test_a_text_file_is_replaced_whole_or_not(tmp_path: Path, monkeypatch: Any) -> None:
    file = tmp_path / "note.json"
    write_whole(file, "one", 0o600)
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match="disk-full"):
        write_whole(file, "two")
    assert (file.read_text("utf-8"), [entry.name for entry in tmp_path.iterdir()]) == (
        "one",
        ["note.json"],
    )


def test_a_new_data_directory_is_for_its_owner_alone(tmp_path: Path, monkeypatch: Any) -> None:
    for name, shared, mode in (("own", "", 0o700), ("open", "1", 0o755)):
        monkeypatch.setenv("KEFEN_SHARED", shared)
        before = os.umask(0o022)
        try:
            with kefen.open(tmp_path / name) as ledger:
                ledger.load(ORDERS, "orders")
        finally:
            os.umask(before)
        assert (tmp_path / name).stat().st_mode & 0o777 == mode
