"""Writing to disk so that a failure is told in one clear error and leaves nothing half written."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kefen.errors import KefenError
from kefen.variables import switch

if TYPE_CHECKING:
    from collections.abc import Iterator


class StorageError(KefenError):
    """The disk does not take what is to be written."""


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_WORDS = ("No space left on device", "Disk quota exceeded", "File too large", "disk is full")
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_CLOSED_WORDS = ("Permission denied", "Read-only file system", "Operation not permitted")


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the system's refusals to write under `path`, from whatever library, into Kefen's own.

    Raises:
        StorageError: `disk-full`; `folder-not-writable` with the system's reason.
    """
    try:
        yield
    except KefenError:
        raise
    except Exception as error:
        refused = refusal(error, path)
        if refused is None:
            raise
        raise refused from error


def refusal(error: BaseException, path: Path) -> StorageError | None:
    """What a disk's refusal means; None when the error is of another kind."""
    number = error.errno if isinstance(error, OSError) else None
    told = str(error)
    if number in _FULL or any(words in told for words in _FULL_WORDS):
        return StorageError("disk-full", path=str(path))
    if number in _CLOSED or any(words in told for words in _CLOSED_WORDS):
        where = Path(str(getattr(error, "filename", None) or path))
        ours = where.is_relative_to(path) or path.is_relative_to(where)
        if where.is_absolute() and not ours:
            return None  # such as the file that is being read
        reason = (error.strerror if isinstance(error, OSError) else None) or told.splitlines()[0]
        return StorageError("folder-not-writable", path=str(where), reason=reason)
    return None


@contextmanager
def written_file(path: Path) -> Iterator[None]:
    """Make the folder of a file that a person asked for, and tell why it cannot be written.

    Raises:
        StorageError: `file-not-writable` with the system's reason, `disk-full`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_folder(path)
        yield
    except Exception as error:
        told = (error, *error.args)  # a library may wrap what the system said
        system = next((one for one in told if isinstance(one, OSError)), None)
        if system is None:
            raise
        if system.errno in _FULL:
            raise StorageError("disk-full", path=str(path.parent)) from error
        reason = system.strerror or str(system)
        raise StorageError("file-not-writable", path=str(path), reason=reason) from error


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def write_whole(path: Path, text: str, mode: int | None = None) -> None:
    """Write a text file all or nothing: aside, to disk, then in one step into its place.

    Raises:
        StorageError: those of `storage_errors`; what stood before stands.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with storage_errors(path.parent):
        try:
            with draft.open("w", encoding="utf-8") as out:
                if mode is not None:
                    draft.chmod(mode)
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(path)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def make_data_folder(path: Path) -> None:
    """Make a data directory for its owner alone; one that is there is left as it is.

    `KEFEN_SHARED=1` lets others in, such as the workers of a cluster.

    Raises:
        StorageError: those of `storage_errors`.
    """
    with storage_errors(path):
        path.mkdir(mode=0o755 if is_shared() else 0o700, parents=True, exist_ok=True)


def is_shared() -> bool:
    """Whether other users of the machine may look into data directories."""
    return switch("KEFEN_SHARED")


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """One process at a time in this block; the system ends it when its holder dies."""
    with storage_errors(folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
