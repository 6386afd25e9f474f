"""Backups: one file that holds a data directory, and proves itself when it is brought back.

`write` copies while all runs: the database in one snapshot, the ledger at one version. `restore`
brings a backup into an empty data directory and compares every count and hash before it stands.
"""

from __future__ import annotations

from kefen.backup.archive import Backup, BackupError
from kefen.backup.making import Database, Made, backup_name, write
from kefen.backup.restoring import UNFINISHED, restore

__all__ = [
    "UNFINISHED",
    "Backup",
    "BackupError",
    "Database",
    "Made",
    "backup_name",
    "restore",
    "write",
]
