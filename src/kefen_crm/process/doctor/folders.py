"""The data directory itself: is it one, whose is it, who may look into it, can it be written."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING, Final

from kefen.errors import KefenError
from kefen.ledger.place import refuse_missing
from kefen.storage import is_shared
from kefen_crm.process.findings import Finding, State, fail, ok, warn
from kefen_crm.process.private import OTHERS, SECRETS

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN: Final = ("", "ledger", "runs", "uploads", "backups", "logs", "cache")
SHOWN: Final = 5


def examine(data: Path) -> list[Finding]:
    """Findings about the folder; the first fails where there is none to look at."""
    try:
        refuse_missing(data)
        mode, owner = data.stat().st_mode, data.stat().st_uid
    except KefenError as error:
        return [Finding("folder", State.FAIL, error.code, error.data)]
    except OSError as error:
        reason = error.strerror or str(error)
        return [fail("folder", "folder-not-readable", path=str(data), reason=reason)]
    found = [ok("folder", "check-folder-ok", path=str(data))]
    found += _owners(data, owner)
    if mode & OTHERS and not is_shared():
        found.append(warn("permissions", "check-folder-open", path=str(data)))
    found += [
        fail("permissions", "check-secret-open", path=str(data / name))
        for name in SECRETS
        if (data / name).is_file() and (data / name).stat().st_mode & OTHERS
    ]
    found += [
        fail("permissions", "check-folder-closed", path=str(data / name), user=_name(os.geteuid()))
        for name in WRITTEN
        if (data / name).is_dir() and not os.access(data / name, os.R_OK | os.W_OK | os.X_OK)
    ]
    return found if len(found) > 1 else [*found, ok("permissions", "check-permissions-ok")]


def _owners(data: Path, owner: int) -> list[Finding]:
    """Whether everything belongs to the one who runs Kefen."""
    me = os.geteuid()
    if owner != me:
        told = {"path": str(data), "user": _name(owner), "me": _name(me)}
        return [fail("permissions", "check-folder-of-another", **told)]
    others = sorted(entry.name for entry in _inside(data) if entry.lstat().st_uid != me)
    if not others:
        return []
    found = others[:SHOWN]
    return [
        fail("permissions", "check-files-of-another", path=str(data), found=found, user=_name(me))
    ]


def _inside(data: Path) -> list[Path]:
    """What lies in the folder and in its parts; not in the database, which has a user of its own
    when root runs Kefen."""
    try:
        parts = [entry for entry in data.iterdir() if entry.name != "postgres"]
        inner = [entry for part in parts if part.is_dir() for entry in part.iterdir()]
    except OSError:  # told as a folder that is closed
        return []
    return parts + inner


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
