"""Backups of a whole installation: its files with the database that belongs to them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kefen.backup import Backup, backup_name, restore, write
from kefen.ledger.settings import SettingsFile
from kefen.storage import storage_errors
from kefen_crm.process import belonging
from kefen_crm.process.admin import site_environment
from kefen_crm.process.copying import SiteDatabase
from kefen_crm.process.postgres import Embedded

FOLDER = "backups"
DAILY, UPGRADE, ASKED = "daily", "upgrade", "asked"
"""Why the site takes a backup."""

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kefen.backup import Made


def back_up(data: Path, target: Path | str) -> tuple[Made, str | None]:
    """Write a backup while all runs; gives it, and where its database was read.

    Raises:
        ProcessError: those of `belonging.claim` and `Embedded.start`.
        BackupError, StorageError: those of `kefen.backup.write`.
    """
    data = data.resolve()
    with _database(data) as database:
        made = write(data, target, database)
        return made, belonging.address(database.url) if database else None


def back_up_site(data: Path, url: str, reason: str) -> Made:
    """Write a backup into `<data>/backups` for a reason, from the running site itself.

    Raises:
        BackupError, StorageError: those of `kefen.backup.write`.
    """
    folder = data / FOLDER
    with storage_errors(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / backup_name(
        datetime.now(ZoneInfo(SettingsFile(data).read().timezone)), reason
    )
    return write(data, target, SiteDatabase(url, data, own=False))


def listed(data: Path) -> list[Path]:
    """The backups of the data directory, newest first."""
    return sorted((data / FOLDER).glob("kefen-*.zip"), reverse=True)


def prune(data: Path, reason: str, kept: int) -> None:
    """Remove the oldest backups of a reason until `kept` are left; others are never touched."""
    ours = [path for path in listed(data) if path.stem.endswith(f"-{reason}")]
    for path in ours[kept:]:
        path.unlink(missing_ok=True)


def bring_back(backup: Backup, data: Path, registers: Sequence[Path] = ()) -> str | None:
    """Restore a backup into an empty directory and database; gives where the database is now.

    The database is that of `DATABASE_URL`, else Kefen's own.

    Raises:
        ProcessError, BackupError, StorageError: see `kefen.backup.restore`.
    """
    data = data.resolve()
    if "database" not in backup.manifest:
        restore(backup, data, registers=registers)
        return None
    restore(backup, data, _Later(data), registers)
    given = os.environ.get("DATABASE_URL")
    return belonging.address(given or Embedded(data).url)


class _Later:
    """The database of a directory that is being restored; it is started when files are there."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def load(self, backup: Backup, *, again: bool) -> None:
        """Start the database and fill it."""
        import django  # only now, with the variables set that its settings read

        own = not os.environ.get("DATABASE_URL")
        with site_environment(self.data, claim=False) as url:
            django.setup()
            SiteDatabase(url, self.data, own).load(backup, again=again)


@contextmanager
def _database(data: Path) -> Iterator[SiteDatabase | None]:
    """The database that belongs to the directory; None where there never was one."""
    given = os.environ.get("DATABASE_URL")
    if given:
        found = SiteDatabase(given, data, own=False)
        if not found.is_there() and not belonging.read(data).get("paired"):
            yield None
            return
        belonging.claim(data, given, own=False)
        yield found
    elif (data / "postgres").exists() or belonging.expects_cluster(data):
        with Embedded(data) as server:
            found = SiteDatabase(server.url, data, own=True)
            belonging.claim(data, server.url, own=True)
            yield found if found.is_there() else None
    else:
        belonging.refuse_without_address(data)
        yield None
