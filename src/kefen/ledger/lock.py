"""One writer at a time: a lock on a file, given back by the system when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kefen.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 10.0
"""Seconds to wait for another writer before giving up."""


@contextmanager
def writing(path: Path, by: str | None = None) -> Iterator[None]:
    """Hold the ledger's only writing place.

    Raises:
        LedgerError: `ledger-busy` with the holder's `pid`, `by` and `since` when it stays
            taken; `ledger-not-writable` when the folder does not let us in.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o664)
    except OSError as error:
        raise LedgerError("ledger-not-writable", path=str(path.parent), reason=str(error)) from None
    try:
        _take(handle)
        holder = {"pid": os.getpid(), "by": by, "since": datetime.now(UTC).isoformat()}
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(holder).encode(), 0)
        yield
    finally:
        os.close(handle)


def _take(handle: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise LedgerError("ledger-busy", **_holder(handle)) from None
            time.sleep(0.05)
        else:
            return


def _holder(handle: int) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        told = {}
    return {name: told.get(name) for name in ("pid", "by", "since")}
