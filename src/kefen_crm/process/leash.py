"""Run a command that ends when its parent does, optionally as another system user.

Run as a script with the standard library alone, so that it starts in milliseconds:

    python -I -S leash.py '{"signal": 2, "parent": 4711, "user": [997, 997]}' command …

On Linux the kernel sends `signal` to the command when the parent is gone, however it went. Other
systems have no such service: there this script stays and watches the parent.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys

PR_SET_PDEATHSIG = 1
WATCH_SECONDS = 0.5


def main() -> None:
    """Take on the user, tie the knot, become the command."""
    terms = json.loads(sys.argv[1])
    command = sys.argv[2:]
    if terms.get("user"):
        uid, gid = terms["user"]
        os.setgroups([gid])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform != "linux" or terms.get("watch"):
        sys.exit(watch(command, terms["parent"], terms["signal"]))
    die_with_parent(terms["signal"])  # after setuid: a change of user would untie the knot
    if os.getppid() != terms["parent"]:
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the command comes from Kefen itself


def die_with_parent(number: int) -> None:
    """Have the kernel send signal `number` to this process when its parent ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def watch(command: list[str], parent: int, number: int) -> int:
    """Stay beside the command, pass signals on, and send `number` when the parent is gone."""
    child = subprocess.Popen(command)
    for passed in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(passed, lambda told, _frame: child.send_signal(told))
    while True:
        try:
            return child.wait(WATCH_SECONDS)
        except subprocess.TimeoutExpired:
            if os.getppid() != parent:
                child.send_signal(number)
                parent = os.getppid()


if __name__ == "__main__":
    main()
