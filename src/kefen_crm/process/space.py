"""Free space on the disks of an installation, against what it is going to need."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kefen_crm.process.findings import Finding, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST: Final = 1_000_000_000
"""Bytes that any installation needs free."""
BARE: Final = 200_000_000
"""Bytes below which PostgreSQL and imports may stop at any moment."""
REMEMBERED_SECONDS: Final = 600


@dataclass(frozen=True)
class Space:
    """A disk in bytes: what is free, what all of it has, what Kefen needs free there."""

    name: str
    free: int
    total: int
    need: int

    def finding(self) -> Finding:
        """Whether that is enough."""
        told = {
            "free": size(self.free),
            "need": size(self.need),
            "disk": {"code": f"disk-{self.name}", "data": {}},
        }
        if self.free < BARE:
            return fail("disk", "check-disk-full", **told)
        if self.free < self.need:
            return warn("disk", "check-disk-low", **told)
        return ok("disk", "check-disk-ok", **told)


def spaces(data: Path, database: Path | None = None) -> list[Space]:
    """The disks of a data directory and of its database, where that is on another one.

    The next backup and the files that an import writes anew need as much as the facts and the
    newest backup have now.
    """
    found = [_space("data", data, max(LEAST, _need(str(data), _moment())))]
    if database is not None and database.exists() and database.stat().st_dev != data.stat().st_dev:
        found.append(_space("database", database, LEAST))
    return found


def folder_size(folder: Path) -> int:
    """Bytes of all files below; what vanishes meanwhile counts nothing."""
    total = 0
    for place, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118  # many files
            except OSError:
                continue
    return total


def size(count: int) -> str:
    """Bytes for people.

    >>> size(1_400_000_000), size(250_000_000)
    ('1.4 GB', '250 MB')
    """
    return f"{count / 1e9:.1f} GB" if count >= LEAST else f"{count / 1e6:.0f} MB"


def _space(name: str, folder: Path, need: int) -> Space:
    usage = shutil.disk_usage(folder)
    return Space(name, usage.free, usage.total, need)


@lru_cache(maxsize=8)
def _need(data: str, _when: int) -> int:
    folder = Path(data)
    return folder_size(folder / "ledger") + _newest((folder / "backups").glob("kefen-*.zip"))


def _newest(backups: Iterable[Path]) -> int:
    last = max(backups, key=lambda path: path.name, default=None)
    return last.stat().st_size if last else 0


def _moment() -> int:
    return int(time.monotonic() // REMEMBERED_SECONDS)
