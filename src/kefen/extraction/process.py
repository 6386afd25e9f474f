"""Starts the reading process, asks it, and says what became of it when it ends early."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from pathlib import Path
from typing import IO, Any

from kefen.errors import ReadingError
from kefen.extraction.limits import limits_for

MEMORY = {"workbook": 640, "parquet": 1_536}
_PIECE = 1 << 20
_ROOT = str(Path(__file__).parents[2])


class Extraction:
    """One file in a reading process. `folder` holds what it writes and goes with this object.

    Args:
        what: `workbook` or `parquet`.
        stream: the file; a file on disk is read there, any other is copied.
        name: what the file is called in errors.
        format_: the workbook's format.
    """

    def __init__(self, what: str, stream: IO[bytes], name: str, format_: str = "") -> None:
        self.name = name
        self._what = what
        self.folder = Path(tempfile.mkdtemp(prefix="kefen-read-"))
        try:
            path = _on_disk(stream, self.folder)
            limits = limits_for(path.stat().st_size, MEMORY[what])
            self._patience = limits.patience
            self._said = (self.folder / "stderr").open("w+b")
            bounds = [str(bound) for bound in (limits.memory, limits.seconds, limits.disk)]
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "kefen.extraction"),
                    *(what, str(path), str(self.folder), *bounds, format_),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env=_environment(),
            )
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.close = weakref.finalize(self, _end, self._process, self._said, self.folder)

    def ask(self, question: Any = None) -> dict[str, Any]:
        """The answer to a question (to none: the first word); ReadingError in its place."""
        late = threading.Timer(self._patience, self._process.kill)
        late.daemon = True
        late.start()
        try:
            if question is not None and self._process.stdin:
                with contextlib.suppress(BrokenPipeError):
                    self._process.stdin.write(json.dumps(question).encode() + b"\n")
                    self._process.stdin.flush()
            line = self._process.stdout.readline() if self._process.stdout else b""
        finally:
            late.cancel()
        answer = json.loads(line) if line.endswith(b"\n") else self._end_of_it()
        if "error" in answer:
            self.release()
            raise ReadingError(answer["error"], **{"name": self.name, **answer["data"]})
        return dict(answer)

    def release(self) -> None:
        """End the process and keep the folder."""
        _stop(self._process)

    def _end_of_it(self) -> dict[str, Any]:
        """What to say of a process that ended without an answer."""
        _stop(self._process)
        self._said.seek(0)
        said = self._said.read(_PIECE)
        if b"memory allocation of" in said or b"MemoryError" in said or b"bad_alloc" in said:
            return {"error": "file-too-large-to-read", "data": {}}
        if self._process.returncode in (-9, -24):
            return {"error": "file-too-slow-to-read", "data": {}}
        reason = f"{self._what} reader ended with {self._process.returncode}"
        return {"error": f"broken-{self._what}", "data": {"reason": reason}}


def _on_disk(stream: IO[bytes], folder: Path) -> Path:
    """The file's own path, or that of a copy."""
    named = getattr(stream, "name", None)
    if isinstance(named, str) and Path(named).is_file():
        return Path(named).absolute()
    copy = folder / "source"
    stream.seek(0)
    with copy.open("wb") as out:
        shutil.copyfileobj(stream, out, _PIECE)
    return copy


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
    threads = {"OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    return {**os.environ, **threads, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}


def _end(process: subprocess.Popen[bytes], said: IO[bytes], folder: Path) -> None:
    _stop(process)
    said.close()
    shutil.rmtree(folder, ignore_errors=True)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None and process.stdin and not process.stdin.closed:
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()
