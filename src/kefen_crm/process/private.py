"""The data directory is for the user who runs Kefen alone."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from kefen.storage import is_shared, make_data_folder
from kefen_crm.environment import FIRST_LOGIN

if TYPE_CHECKING:
    from pathlib import Path

OTHERS: Final = 0o077
FOLDERS: Final = ("uploads", "backups", "logs", "cache")
SECRETS: Final = ("secret-key", FIRST_LOGIN, "installation.json")


def make_private(data: Path) -> bool:
    """Make the data directory, or close it to others; gives whether an existing one was open.

    Where other users compute on a shared ledger (a cluster), `KEFEN_SHARED=1` leaves the directory
    as it is; what is secret in it is closed all the same.
    """
    fresh = not data.exists()
    make_data_folder(data)
    opened = False if is_shared() else _close(data)
    for name in FOLDERS:
        if (data / name).is_dir():
            _close(data / name)
    for name in SECRETS:
        if (data / name).is_file():
            _close(data / name)
    return opened and not fresh


def _close(path: Path) -> bool:
    """Take from others what they may do; whether they might do anything before."""
    found = path.stat()
    if not found.st_mode & OTHERS or found.st_uid != os.geteuid():
        return False
    path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    return True
