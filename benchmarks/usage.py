"""Runs a command in a process of its own and writes down what it took.

    python -I -S benchmarks/usage.py FILE COMMAND [ARGUMENT …]

The kernel counts to a process's greatest memory what it shared with its parent when it began, so
the parent has to be as small as this one.
"""

import json
import os
import sys
import time


def main() -> int:
    target, *command = sys.argv[1:]
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    took = {
        "seconds": time.perf_counter() - began,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024),
    }
    with open(target, "w", encoding="utf-8") as out:  # noqa: PTH123  # pathlib takes memory
        json.dump(took, out)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
