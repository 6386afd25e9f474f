"""Threads that need an engine for the first time do not wait for each other for ever."""

from __future__ import annotations

import subprocess
import sys

MEANWHILE = """
import importlib, threading, time
import ibis, sqlglot.dialects
from kefen.engines import open_embedded
from kefen.engines.embedded import _kind

asked = threading.Event()


class Slow:
    @staticmethod
    def import_module(name):
        asked.set()
        time.sleep(0.5)  # with the lock of the dialects, while another thread imports this one
        return importlib.import_module(name)


sqlglot.dialects.importlib = Slow
one, other = open_embedded(), ibis.dtype("int64")
threads = [
    threading.Thread(target=lambda: one.backend, daemon=True),
    threading.Thread(target=lambda: asked.wait() and _kind(other), daemon=True),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(30)
print(*(thread.is_alive() for thread in threads), _kind.cache_info().currsize)
"""


def test_a_dialect_is_imported_by_one_thread() -> None:
    told = subprocess.run(
        [sys.executable, "-c", MEANWHILE], capture_output=True, text=True, timeout=120, check=False
    )
    assert (told.stdout.split(), told.stderr) == (["False", "False", "1"], "")
