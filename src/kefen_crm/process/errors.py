"""What can go wrong while starting or stopping the processes. Wording: `wording/process.yaml`."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ProcessError(KefenError):
    """A process of the installation cannot start, stay up or be reached."""


DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def folder_errors(path: Path) -> Iterator[None]:
    """Turn the system's refusals about files under `path` into Kefen's own.

    Raises:
        ProcessError: `disk-full`, or `folder-not-writable` with the system's reason.
    """
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise ProcessError("disk-full", path=str(path)) from error
        where = error.filename or path
        raise ProcessError(
            "folder-not-writable", path=str(where), reason=error.strerror or str(error)
        ) from error


SEGMENT_BYTES = 16 << 20
"""PostgreSQL's log grows in segments of so many bytes; without room for one it stops."""
AWAY = {"57P01", "57P02", "57P03", "53300"}
"""PostgreSQL's codes for a server that stops, starts or has no room for another connection."""


def trouble_of(error: BaseException) -> str | None:
    """What ails the installation, where an error comes of that and of nothing in Kefen.

    `database-full`, `database-away` or `data-disk-full`, which have their sentences; None when it
    is another error. Behind Django's errors their causes are looked at.
    """
    seen: BaseException | None = error
    while seen is not None:
        full = isinstance(seen, psycopg.Error) and "No space left on device" in str(seen)
        if full or isinstance(seen, psycopg.errors.DiskFull):
            return "database-full"
        if isinstance(seen, psycopg.OperationalError):
            away = not seen.sqlstate or seen.sqlstate in AWAY
            return ("database-full" if _no_room() else "database-away") if away else None
        if isinstance(seen, OSError) and seen.errno in DISK_FULL:
            return "data-disk-full"
        seen = seen.__cause__ or seen.__context__
    return None


def _no_room() -> bool:
    """Whether the disk of Kefen's own PostgreSQL, if there is one, has no room for a segment."""
    folder = os.environ.get("KEFEN_DATABASE_FOLDER")
    try:
        return bool(folder) and shutil.disk_usage(str(folder)).free < SEGMENT_BYTES
    except OSError:
        return False
