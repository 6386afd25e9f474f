"""One supervised process: started on a leash, its words kept, stopped with all it started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from kefen_crm.process import leash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LOG_BYTES = 5_000_000
RESTARTS = 3
RESTART_SECONDS = 60


class Child:
    """A process of the installation.

    Args:
        name: what people call it, also the name of its log.
        command: program and arguments.
        environment: its variables.
        log: the file its output goes to; the one before is kept as `<log>.1` when it grew large.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self._begin = 0
        self._restarts: deque[float] = deque(maxlen=RESTARTS)

    def start(self) -> None:
        """Start the process; it is killed when this one ends without having stopped it."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_name(f"{self.log.name}.1"))
        self._begin = self.log.stat().st_size if self.log.exists() else 0
        terms = json.dumps({"signal": signal.SIGKILL, "parent": os.getpid()})
        with self.log.open("ab") as log:
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

    def may_restart(self) -> bool:
        """Note another restart; False when there were too many of late."""
        now = time.monotonic()
        many = len(self._restarts) == RESTARTS and now - self._restarts[0] < RESTART_SECONDS
        self._restarts.append(now)
        return not many

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
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(self._begin)
            words = file.read().decode(errors="replace").strip()
        return "\n".join(words.splitlines()[-lines:])
