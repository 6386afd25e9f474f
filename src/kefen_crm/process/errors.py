"""What can go wrong while starting or stopping the processes. Wording: `wording/process.yaml`."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

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
