"""One writer at a time: a lock on a file, given back by the system when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from kefen.errors import KefenError, LedgerError
from kefen.storage import make_data_folder, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PATIENCE = 3600.0
"""Seconds to wait for another writer before giving up, unless the caller says otherwise."""
LOOK = 0.05
"""Seconds between two tries."""


@contextmanager
def writing(
    path: Path,
    by: str | None = None,
    patience: float | None = None,
    waiting: Callable[[dict[str, Any]], None] | None = None,
) -> Iterator[None]:
    """Hold the ledger's only writing place, once whoever holds it lets go or dies.

    `waiting` is called again and again with the holder's `pid`, `by` and `since`.

    Raises:
        LedgerError: `ledger-busy` with the holder when it stays taken for `patience` seconds;
            `ledger-not-writable` when the folder does not let us in.
    """
    try:
        make_data_folder(path.parent.parent)
        path.parent.mkdir(exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o664)
    except OSError as error:
        raise not_writable(path.parent, error) from None
    try:
        _take(handle, patience, waiting)
        holder = {"pid": os.getpid(), "by": by, "since": datetime.now(UTC).isoformat()}
        with suppress(OSError):  # on a full disk others are not told who writes
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps(holder).encode(), 0)
        try:
            yield
        finally:
            with suppress(OSError):  # whoever takes it next is not told of as this one
                os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def writer(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Who holds the ledger as a code with its data, for sentences: the person, else the process,
    else, in the moment before the holder has said who it is, that it is not known.
    """
    if not holder.get("pid") or not holder.get("since"):
        return {"code": "writer-unknown", "data": {}}
    since = datetime.fromisoformat(holder["since"]).astimezone()
    data = {"pid": holder["pid"], "since": f"{since:%Y-%m-%d %H:%M:%S}", "by": holder.get("by")}
    return {"code": "writer-named" if data["by"] else "writer-process", "data": data}


def not_writable(folder: Path, error: OSError) -> KefenError:
    """What it means that the ledger's folder cannot be written to."""
    full = refusal(error, folder)
    if full is not None and full.code == "disk-full":
        return full
    return LedgerError("ledger-not-writable", path=str(folder), reason=str(error))


def _take(
    handle: int, patience: float | None, waiting: Callable[[dict[str, Any]], None] | None
) -> None:
    until = monotonic() + (PATIENCE if patience is None else patience)
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() >= until:
                holder = _holder(handle)
                raise LedgerError("ledger-busy", writer=writer(holder), **holder) from None
            if waiting:
                waiting(_holder(handle))
            sleep(LOOK)
        else:
            return


def _holder(handle: int) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        told = {}
    return {name: told.get(name) for name in ("pid", "by", "since")}
