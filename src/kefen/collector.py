"""Python's garbage collector, paused where it would look at much and find nothing.

Importing Ibis, Polars and all they need makes two hundred thousand objects that stay, and so does
an expression while it is built. The collector goes through them again and again: a sixth of the
time of a small run, and another sixth when the process ends.
"""

from __future__ import annotations

import atexit
import gc
import os
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVERY: Final = 100_000
"""Objects made before a command of the shell looks for circles among them."""


class _Pauses:
    """How many blocks want the collector paused, and whether it was on before the first."""

    lock = Lock()
    count = 0
    was_on = False


@contextmanager
def paused() -> Iterator[None]:
    """Have no collection in this block, nor in blocks of other threads at the same time."""
    with _Pauses.lock:
        if not _Pauses.count:
            _Pauses.was_on = gc.isenabled()
            gc.disable()
        _Pauses.count += 1
    try:
        yield
    finally:
        with _Pauses.lock:
            _Pauses.count -= 1
            if not _Pauses.count and _Pauses.was_on:
                gc.enable()


def _end_all() -> None:
    """In a process that another one became while it paused, nobody is left to end the pauses."""
    _Pauses.lock = Lock()
    if _Pauses.count and _Pauses.was_on:
        gc.enable()
    _Pauses.count = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_end_all)


def for_a_command() -> None:
    """For a process that does one thing and closes its files: collect seldom, and not at its end.

    A library must not: a file that somebody left open in a circle is written by that last search.
    """
    gc.set_threshold(_EVERY, *gc.get_threshold()[1:])
    atexit.register(gc.freeze)
