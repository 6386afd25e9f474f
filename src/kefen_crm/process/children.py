"""One supervised process: started on a leash, its words kept, stopped with all it started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from kefen_crm.process import leash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Pauses:
    """How long to wait before something that keeps ending is started again.

    The first time not at all, then one second and twice as long each time, up to `most`. What has
    stayed up for `steady` seconds begins anew.

    >>> pauses = Pauses()
    >>> [pauses.next(up=0.5) for _ in range(4)], pauses.next(up=300), pauses.next(up=1)
    ([0.0, 1.0, 2.0, 4.0], 0.0, 1.0)
    """

    def __init__(self, most: float = 60.0, steady: float = 60.0) -> None:
        self.most = most
        self.steady = steady
        self._ended = 0

    def next(self, up: float) -> float:
        """Seconds to wait now, after it stayed up for `up` seconds."""
        if up >= self.steady:
            self._ended = 0
        pause = 0.0 if not self._ended else min(self.most, 2.0 ** min(self._ended - 1, 30))
        self._ended += 1
        return pause


class Child:
    """A process of the installation.

    Args:
        name: what people call it, also the name of its log.
        command: program and arguments.
        environment: its variables.
        log: the file its output goes to, after what is there; None for this process's own output.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path | None
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.restart_at = 0.0
        self._begin = 0
        self._started = 0.0
        self._pauses = Pauses()

    def start(self) -> None:
        """Start the process; it is killed when this one ends without having stopped it."""
        self._started = time.monotonic()
        self._begin = self.log.stat().st_size if self.log and self.log.exists() else 0
        terms = json.dumps({"signal": signal.SIGKILL, "parent": os.getpid()})
        with self.log.open("ab") if self.log else nullcontext() as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", leash.__file__, terms, *self.command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own: Ctrl-C reaches the supervisor alone, which ends all in order.
                process_group=0,
            )

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll() if self.process else None

    def pause(self) -> float:
        """Note that it has ended; seconds to wait, until `restart_at`, before it is started."""
        now = time.monotonic()
        seconds = self._pauses.next(up=now - self._started)
        self.restart_at = now + seconds
        return seconds

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def end(self, seconds: float) -> None:
        """Wait that long for the end, then kill; nothing it started is left."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(seconds, 0.01))
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def last_words(self, lines: int = 20) -> str:
        """The end of what it has written since it was started."""
        if self.log is None or not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            # It began anew when it was turned over since.
            file.seek(self._begin if self._begin <= self.log.stat().st_size else 0)
            words = file.read().decode(errors="replace").strip()
        return "\n".join(words.splitlines()[-lines:])
