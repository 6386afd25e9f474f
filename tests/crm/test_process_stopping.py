"""A signal tells a process to stop at whatever moment it comes."""

from __future__ import annotations

import subprocess
import sys

TOLD = """
import signal
from kefen_crm.process.stopping import Stopping

stopping = Stopping()
signal.signal(signal.SIGALRM, lambda *_: stopping.set())
for turn in range(2_000):
    stopping = Stopping()
    signal.setitimer(signal.ITIMER_REAL, 0.0001 + turn / 10_000_000)
    while not stopping.wait(0.00001):
        pass
print("done")
"""


def test_a_signal_that_comes_while_it_waits() -> None:
    told = subprocess.run(
        [sys.executable, "-c", TOLD], capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout == "done\n"
