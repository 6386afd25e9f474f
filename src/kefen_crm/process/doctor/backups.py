"""Whether there is a way back: the age of the newest backup."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from kefen.errors import KefenError
from kefen.ledger.place import LEDGER
from kefen.ledger.settings import SettingsFile
from kefen_crm.process.backups import listed
from kefen_crm.process.findings import Finding, fail, ok, warn

if TYPE_CHECKING:
    from pathlib import Path

DAY: Final = 24 * 3600
WARN_DAYS: Final = 2
FAIL_DAYS: Final = 7


def examine(data: Path) -> list[Finding]:
    """How old the newest backup is, where there is something to lose."""
    newest = next(iter(listed(data)), None)
    folder = str(data / "backups")
    if newest is None:
        lose = (data / LEDGER).exists() or (data / "installation.json").exists()
        none = warn("backups", "check-backup-none", folder=folder)
        return [none] if lose else [ok("backups", "check-backup-nothing")]
    days = int((time.time() - newest.stat().st_mtime) // DAY)
    told = {"file": newest.name, "days": days, "folder": folder}
    if days > FAIL_DAYS:
        return [fail("backups", "check-backup-old", **told), *_switched_off(data)]
    if days >= WARN_DAYS:
        return [warn("backups", "check-backup-old", **told), *_switched_off(data)]
    return [ok("backups", "check-backup-ok", **told)]


def _switched_off(data: Path) -> list[Finding]:
    try:
        hour = SettingsFile(data).read().backup_hour
    except KefenError:
        return []
    return [] if hour is not None else [warn("backups", "check-backup-off")]
