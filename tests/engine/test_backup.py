"""A backup holds the ledger at one version, is whole or not there, and proves what it restores."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen.backup import Backup, BackupError, restore, write
from kefen.errors import LedgerError
from kefen.storage import StorageError

if TYPE_CHECKING:
    from pathlib import Path

DYING = """
import os, signal, sys
from pathlib import Path
import kefen.backup.archive as archive
from kefen.backup import Backup, restore, write

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def die_after(owner, name, times):
    real, left = getattr(owner, name), [times]
    def call(*args, **kwargs):
        left[0] -= 1
        return die() if left[0] < 0 else real(*args, **kwargs)
    setattr(owner, name, call)

what, one, other, point = sys.argv[1:]
if point == "entries":
    die_after(archive.Archive if what == "write" else archive.Backup,
              "add" if what == "write" else "extract", 3)
elif point == "named":
    die_after(os, "link", 0)
elif point == "proved":
    Path.unlink = die
if what == "write":
    write(Path(one), Path(other))
else:
    restore(Backup(Path(one)), Path(other))
"""


def orders(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"order_id": order, "customer_id": who, "ordered_on": "2025-01-03", "amount": amount}
            for order, who, amount in rows
        ]
    )


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of three versions, a run, an upload, settings and a secret."""
    path = tmp_path_factory.mktemp("original")
    with kefen.open(path) as ledger:
        ledger.change_settings(company="明达", currency="USD")
        ledger.load(orders(("1", "C1", 100), ("2", "C2", 20)), "orders")
        batch = ledger.load(orders(("2", "C2", 25), ("3", "C3", 5)), "orders")
        ledger.undo(batch.id)
        kefen.grade(ledger, "abc", "2025-02-01")
    (path / "uploads").mkdir()
    (path / "uploads" / "三月.csv").write_text("a,b\n", "utf-8")
    (path / "secret-key").write_text("s3cret")
    return path


@pytest.fixture
def data(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "data")


def facts(ledger: kefen.Ledger) -> list[tuple[str, int]]:
    rows = ledger.table("orders").to_polars().sort("order_id")
    return [(row["order_id"], int(row["amount"])) for row in rows.to_dicts()]


def died(*arguments: object) -> bool:
    words = [sys.executable, "-c", DYING, *map(str, arguments)]
    return subprocess.run(words, check=False, capture_output=True).returncode == -9


def test_what_was_backed_up_comes_back_elsewhere(data: Path, tmp_path: Path) -> None:
    made = write(data, tmp_path / "one.zip")
    assert (made.version, made.facts, made.tables) == (3, {"orders": 2, "customers": 2}, None)
    shutil.rmtree(data)
    new = tmp_path / "elsewhere"
    with Backup(made.path) as backup:
        restore(backup, new)
    with kefen.open(new) as ledger:
        assert facts(ledger) == [("1", 100), ("2", 20)]
        assert facts(ledger.at(2)) == [("1", 100), ("2", 25), ("3", 5)]
        assert (ledger.settings.company, ledger.settings.currency) == ("明达", "USD")
        [run] = kefen.runs(ledger)
        assert {row["customer_id"] for row in run.classes.to_polars().to_dicts()} == {"C1", "C2"}
        ledger.undo(ledger.history()[0].id)
        assert ledger.count("orders") == 0
    assert (new / "uploads" / "三月.csv").read_text("utf-8") == "a,b\n"
    assert (new / "secret-key").stat().st_mode & 0o777 == 0o600
    assert new.stat().st_mode & 0o777 == 0o700


def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.zip"
    write(data, file)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupError, match="backup-exists"):
        write(data, file)
    assert write(data, tmp_path).path.parent == tmp_path
    assert write(data, f"{tmp_path}/new/").path.parent == tmp_path / "new"


def test_what_is_under_way_is_left_out(data: Path, tmp_path: Path) -> None:
    home = data / "ledger"
    (home / "staging" / "b9x123").mkdir(parents=True)
    (home / "staging" / "b9x123" / "rows.parquet").write_text("half")
    (home / "facts" / "orders" / "part-b9x123-0-0.parquet").write_text("half")
    (home / "facts" / "orders" / "_delta_log" / f"{9:020}.json").write_text("{")
    (home / "claims" / "b9x123.customers.parquet").write_text("half")
    (data / "runs" / "half-a-run").mkdir()
    (data / "runs" / "half-a-run" / "classes.parquet").write_text("half")
    with Backup(write(data, tmp_path / "one.zip").path) as backup:
        restore(backup, tmp_path / "new")
        assert not [name for name in backup.entries if "b9x123" in name or "half" in name]
    with kefen.open(tmp_path / "new") as ledger:
        assert ledger.load(orders(("4", "C4", 7)), "orders").version == 4


@pytest.mark.parametrize("point", ["entries", "named"])
def test_a_killed_backup_leaves_no_backup(data: Path, tmp_path: Path, point: str) -> None:
    file = tmp_path / "backups" / "one.zip"
    assert died("write", data, file, point)
    assert not file.exists()
    write(data, file)
    assert [entry.name for entry in file.parent.iterdir()] == ["one.zip"]


def test_a_killed_restore_is_not_opened_and_done_again(data: Path, tmp_path: Path) -> None:
    file, new = write(data, tmp_path / "one.zip").path, tmp_path / "new"
    for point in ("entries", "proved"):
        assert died("restore", file, new, point)
        with pytest.raises(LedgerError, match="restore-unfinished"):
            kefen.open(new)
    (new / "ledger" / "stray.json").write_text("{}")
    with Backup(file) as backup:
        restore(backup, new)
    assert not (new / "ledger" / "stray.json").exists()
    with kefen.open(new) as ledger:
        assert facts(ledger) == [("1", 100), ("2", 20)]


def test_only_an_empty_directory_takes_a_backup(data: Path, tmp_path: Path) -> None:
    file = write(data, tmp_path / "one.zip").path
    with Backup(file) as backup, pytest.raises(BackupError, match="restore-not-empty"):
        restore(backup, data)
    new = tmp_path / "new"
    (new / "backups").mkdir(parents=True)
    with Backup(file) as backup:
        restore(backup, new)
    assert (new / "backups").is_dir()


def test_a_damaged_backup_restores_nothing(data: Path, tmp_path: Path) -> None:
    file = write(data, tmp_path / "one.zip").path
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        place = archive.getinfo("data/secret-key").header_offset
    at = whole.index(b"s3cret", place)
    file.write_bytes(whole[:at] + b"S" + whole[at + 1 :])
    with Backup(file) as backup, pytest.raises(BackupError, match="backup-damaged") as told:
        restore(backup, tmp_path / "new")
    assert told.value.data["entry"] == "data/secret-key"
    assert not (tmp_path / "new").exists()
    for content in (whole[:-1000], b"", b"PK"):
        file.write_bytes(content)
        with pytest.raises(BackupError, match="not-a-backup"):
            Backup(file)
    with pytest.raises(BackupError, match="no-backup-file"):
        Backup(tmp_path / "none.zip")


def test_a_name_that_leads_out_of_the_directory_is_refused(data: Path, tmp_path: Path) -> None:
    file = write(data, tmp_path / "one.zip").path
    with Backup(file) as backup:
        for name in ("../evil", "/etc/evil", "a/../../evil"):
            backup.manifest["files"] = [name]
            backup.entries[f"data/{name}"] = backup.entries["data/secret-key"]
            with pytest.raises(BackupError, match="backup-damaged"):
                restore(backup, tmp_path / "new")
            del backup.entries[f"data/{name}"]


def test_a_folder_without_data_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(BackupError, match="nothing-to-back-up"):
            write(path, tmp_path / "one.zip")


def test_a_full_disk_leaves_no_backup_behind(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="disk-full"):
        write(data, tmp_path / "backups" / "one.zip")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(original: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(StorageError, match="file-not-writable") as told:
        write(original, tmp_path / "taken" / "out.zip")
    assert told.value.data["path"] == str(tmp_path / "taken" / "out.zip")
