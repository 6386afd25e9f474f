"""Brings a backup into an empty data directory, and proves that all of it came."""

from __future__ import annotations

import json
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from kefen.backup.archive import Backup, BackupError, file_hash
from kefen.backup.content import rows
from kefen.ledger.erased import ErasureRegister, ask_again, read_register
from kefen.ledger.store import UNFINISHED
from kefen.storage import storage_errors, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kefen.backup.making import Target

_STAY: Final = {"backups", "lost+found"}
"""What may stand in a directory that counts as empty."""

__all__ = ["UNFINISHED", "restore"]


def restore(
    backup: Backup, data: Path, database: Target | None = None, registers: Sequence[Path] = ()
) -> None:
    """Bring a backup back into `data`, which must be empty, and into its empty database.

    Until all is proved a note stands in the directory, and nothing opens it; a restore that was cut
    short is done again from the beginning. `registers` are files of erased customers, as they lie
    beside backups: whom the backup brings back is to be erased again by `kefen.privacy.carry_out`.

    Raises:
        BackupError: `restore-not-empty`, `backup-needs-database`, `backup-damaged`,
            `restore-differs` when what came is not what was written.
        StorageError: `disk-full`, `folder-not-writable`.
    """
    note = data / UNFINISHED
    again = note.exists()
    if database is None and "database" in backup.manifest:
        raise BackupError("backup-needs-database", path=str(backup.path))
    if not again and data.exists() and (found := _found(data)):
        raise BackupError("restore-not-empty", path=str(data), found=found)
    backup.check()
    names = [_safe(backup, name) for name in backup.manifest["files"]]
    with storage_errors(data):
        data.mkdir(parents=True, exist_ok=True)
        data.chmod(0o700)
    write_whole(note, json.dumps({"backup": str(backup.path)}))
    if again:
        _clear(data)
    for name in names:
        backup.extract(f"data/{name}", data / name)
    _prove(backup, data, names)
    if database is not None:
        database.load(backup, again=again)
    _note_erased(data, registers)
    note.unlink()


def _note_erased(data: Path, registers: Sequence[Path]) -> None:
    register = ErasureRegister(data)
    if found := [entry for path in registers for entry in read_register(path)]:
        register.merge(found)
    if register.all():
        ask_again(data)


def _prove(backup: Backup, data: Path, names: list[str]) -> None:
    for name in names:
        if file_hash(data / name) != backup.entries[f"data/{name}"]["sha256"]:
            raise BackupError("restore-differs", what=name)
    told = backup.manifest["ledger"]
    if told["version"] and rows(data / "ledger", told["version"]) != told["rows"]:
        raise BackupError("restore-differs", what="ledger")


def _found(data: Path) -> list[str]:
    return sorted(entry.name for entry in data.iterdir() if entry.name not in _STAY)[:5]


def _clear(data: Path) -> None:
    """Remove what a restore that was cut short has written; the database is its own affair."""
    for entry in data.iterdir():
        if entry.name in {*_STAY, UNFINISHED, "postgres"}:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _safe(backup: Backup, name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or f"data/{name}" not in backup.entries:
        raise BackupError("backup-damaged", path=str(backup.path), entry=name, reason="name")
    return name
