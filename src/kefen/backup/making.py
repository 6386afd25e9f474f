"""Writes a backup while all runs."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from kefen.backup.archive import Archive, Backup, BackupError
from kefen.backup.content import files, rows
from kefen.ledger.versions import Versions
from kefen.storage import storage_errors, written_file
from kefen.version import version as kefen_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


class Snapshot(Protocol):
    """A database as it was at one moment."""

    def dump(self, archive: Archive) -> dict[str, Any]:
        """Write its tables and give what proves them."""
        ...


class Database(Protocol):
    """The database that belongs to a data directory."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Hold on to the database as it is now."""
        ...


class Target(Protocol):
    """The database that a backup is brought back into."""

    def load(self, backup: Backup, *, again: bool) -> None:
        """Bring the tables of a backup into the empty database and prove them; all or nothing.

        `again`: a restore into this data directory was cut short before.
        """
        ...


@dataclass(frozen=True)
class Made:
    """A backup that stands: where, how large, and what it holds.

    Attributes:
        path: the file.
        bytes: its size.
        seconds: how long writing took.
        version: the version of the ledger in it.
        facts: rows by kind of fact.
        files: how many files, the database's tables not counted.
        tables: rows by table of the database; None where there is no database.
    """

    path: Path
    bytes: int
    seconds: float
    version: int
    facts: dict[str, int]
    files: int
    tables: dict[str, int] | None


def backup_name(moment: datetime, reason: str = "") -> str:
    """What a backup of that moment is called, with the reason why it was taken.

    >>> backup_name(datetime(2026, 11, 28, 3, 0, 5), "daily")
    'kefen-20261128-030005-daily.zip'
    """
    return f"kefen-{moment:%Y%m%d-%H%M%S}{'-' if reason else ''}{reason}.zip"


def write(data: Path, target: Path | str, database: Database | None = None) -> Made:
    """Write a backup of the data directory; `target` is a new file, or a folder to put it in.

    What ends with `/` is a folder, and is made where there is none.

    Files that the database speaks of are copied after its snapshot was taken, so that all of them
    are there. What lands meanwhile is not in it.

    Raises:
        BackupError: `nothing-to-back-up`, `backup-exists`.
        StorageError: `disk-full`, `folder-not-writable`, `file-not-writable`.
    """
    began = perf_counter()
    if not data.is_dir() or (database is None and not (data / "ledger" / "versions").is_dir()):
        raise BackupError("nothing-to-back-up", path=str(data))
    moment = datetime.now(UTC)
    folder = str(target).endswith("/")
    target = Path(target)
    if folder or target.is_dir():
        target = target / backup_name(moment.astimezone())
    if target.exists():
        raise BackupError("backup-exists", path=str(target))
    with storage_errors(target.parent), _draft(target) as draft:
        archive = Archive(draft)
        try:
            manifest = _fill(archive, data, database)
            facts = manifest["ledger"]["rows"]
            archive.finish({"kefen": kefen_version(), "made_at": moment.isoformat(), **manifest})
        except BaseException:
            archive.abandon()
            raise
    tables = manifest.get("database")
    return Made(
        target,
        target.stat().st_size,
        round(perf_counter() - began, 2),
        manifest["ledger"]["version"],
        facts,
        len(manifest["files"]),
        {name: told["rows"] for name, told in tables["tables"].items()} if tables else None,
    )


def _fill(archive: Archive, data: Path, database: Database | None) -> dict[str, Any]:
    manifest: dict[str, Any] = {}
    if database is None:
        copied = _copy(archive, data)
    else:
        with database.snapshot() as snapshot:
            copied = _copy(archive, data)
            manifest["database"] = snapshot.dump(archive)
    return manifest | copied


def _copy(archive: Archive, data: Path) -> dict[str, Any]:
    ledger = data / "ledger"
    version = Versions(ledger / "versions").latest()
    names = []
    for file in files(data, version):
        name = file.relative_to(data).as_posix()
        with suppress(FileNotFoundError):  # an upload may be cleared away meanwhile
            archive.add(f"data/{name}", file)
            names.append(name)
    facts = rows(ledger, version) if version else {}
    return {"ledger": {"version": version, "rows": facts}, "files": names}


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A file for its owner alone that takes the name of `target` when it is whole."""
    draft = target.parent / f".kefen-backup-{os.getpid()}-{secrets.token_hex(4)}.part"
    with written_file(target):
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    for left in target.parent.glob(".kefen-backup-*.part"):
        if _abandoned(left):
            left.unlink(missing_ok=True)
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        try:
            os.link(draft, target)
        except FileExistsError:
            raise BackupError("backup-exists", path=str(target)) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _abandoned(draft: Path) -> bool:
    """Whether the process that wrote it is gone."""
    number = draft.name.split("-")[2]
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, ValueError):
        return True
    except PermissionError:
        return False
    return False
