"""Turns logs over when they have grown, so that they never fill the disk.

A log is copied to `<log>.1` and emptied while its process goes on writing after its end; those of
before move to `.2` and so on. `KEFEN_LOG_MB` is the size, `KEFEN_LOG_KEPT` how many are kept.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Final

from kefen_crm.process.errors import ProcessError

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE: Final = 1_000_000


def limits() -> tuple[int, int]:
    """Bytes after which a log is turned over, and how many are kept beside it.

    Raises:
        ProcessError: `bad-variable` when a variable is no number that can be meant.
    """
    return int(_number("KEFEN_LOG_MB", 10.0) * MEGABYTE), int(_number("KEFEN_LOG_KEPT", 5))


def _number(name: str, default: float) -> float:
    given = os.environ.get(name) or str(default)
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number < inf:
        raise ProcessError("bad-variable", name=name, value=given, meant="0, 1, 2 …")
    return number


def turn_over(folder: Path) -> list[Path]:
    """Turn over the logs of a folder that are too large; gives them. Survives a full disk."""
    size, kept = limits()
    large = [log for log in folder.glob("*.log") if log.stat().st_size > size]
    for log in large:
        with suppress(OSError):  # no room for a copy: then the log itself makes room
            _keep(log, kept)
        with suppress(OSError):
            os.truncate(log, 0)
    return large


def _keep(log: Path, kept: int) -> None:
    names = [log.with_name(f"{log.name}.{number}") for number in range(1, kept + 1)]
    for older, newer in zip(reversed(names), [*reversed(names[:-1]), None], strict=True):
        if newer is not None and newer.exists():
            newer.replace(older)
    if names:
        try:
            shutil.copyfile(log, names[0])
        except OSError:
            names[0].unlink(missing_ok=True)
            raise
        names[0].chmod(0o600)
