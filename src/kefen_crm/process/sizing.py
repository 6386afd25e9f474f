"""How much the processes may take of the machine: by its memory and its cores."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

_MIB = 1 << 20
_CONTAINER = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_PER_PROCESS = 512 * _MIB
"""What a machine must have for each web process, that of the others left aside."""


def memory() -> int:
    """Bytes of memory there are: those of the machine, or of the container where that has less."""
    found = int(psutil.virtual_memory().total)
    for file in _CONTAINER:
        try:
            text = file.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdecimal():
            found = min(found, int(text))
    return found


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def web_processes(has_memory: int, has_cores: int) -> int:
    """As many web processes as cores, fewer where memory is short; at least one.

    >>> web_processes(24 << 30, 2), web_processes(1 << 30, 8), web_processes(1 << 28, 4)
    (2, 2, 1)
    """
    return max(1, min(has_cores, has_memory // _PER_PROCESS))


def database_settings(has_memory: int) -> dict[str, str]:
    """PostgreSQL's settings that follow the memory, which it shares with Kefen's own processes.

    An eighth is for pages it keeps itself; half may hold files, by the system's own cache. One
    sort or hash has a 256th, of which a statement may need a few. Compiling statements
    (`jit`) takes longer than it saves on any page; storage is taken to be no turning disk.

    >>> for name, value in database_settings(16 << 30).items():
    ...     print(name, value)
    shared_buffers 2048MB
    effective_cache_size 8192MB
    work_mem 64MB
    maintenance_work_mem 512MB
    jit off
    random_page_cost 1.1
    """
    return {
        "shared_buffers": _share(has_memory, 8, 32, 4096),
        "effective_cache_size": _share(has_memory, 2, 128, 1 << 20),
        "work_mem": _share(has_memory, 256, 4, 64),
        "maintenance_work_mem": _share(has_memory, 32, 32, 1024),
        "jit": "off",
        "random_page_cost": "1.1",
    }


def _share(has_memory: int, part: int, least: int, most: int) -> str:
    return f"{min(max(has_memory // part // _MIB, least), most)}MB"
