"""Whether somebody serves the data directory just now, and what killed servers left."""

from __future__ import annotations

import fcntl
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from kefen_crm.process.findings import Finding, ok, warn

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Serving:
    """Who serves a data directory: process, address, and since when (seconds of the epoch)."""

    pid: int
    address: str
    since: float


def serving(data: Path) -> tuple[Serving | None, list[Finding]]:
    """Who serves the data directory, with a finding about the lock that says so."""
    lock = data / "serve.lock"
    if not lock.exists():
        return None, [ok("server", "check-server-none")]
    with lock.open(encoding="utf-8") as file:
        note = _note(file.read())
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return note, [_at_work(note)]
    if note is None:
        return None, [ok("server", "check-server-none")]
    return None, [warn("server", "check-lock-stale", path=str(lock), pid=note.pid)]


def _at_work(note: Serving | None) -> Finding:
    address, pid = (note.address, note.pid) if note else ("?", "?")
    return ok("server", "check-server-ok", address=address, pid=pid)


def _note(text: str) -> Serving | None:
    try:
        told = json.loads(text)
        pid = int(told["pid"])
    except (ValueError, KeyError, TypeError):
        return None
    try:
        since = psutil.Process(pid).create_time()
    except psutil.Error:
        since = 0.0
    return Serving(pid, str(told.get("address", "?")), since)
