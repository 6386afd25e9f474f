"""How much memory and time reading a file may take."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds of one reading process: memory and disk in bytes, processor time in seconds."""

    memory: int
    seconds: int
    disk: int

    @property
    def patience(self) -> int:
        """How long to wait for it, in seconds, on a machine that is busy with other things."""
        return 10 * self.seconds


def limits_for(size: int, memory: int) -> Limits:
    """Bounds that honest files of `size` bytes stay far below, given a floor of memory.

    A workbook of 1,000,000 rows and ten columns takes about 60 MB and 25 times that to load.
    """
    return Limits(
        memory=memory * _MIB + 40 * size,
        seconds=8 + 3 * size // _MIB,
        disk=512 * _MIB + 60 * size,
    )


def confine(limits: Limits) -> None:
    """Hold the calling process to `limits`, where the system can (Windows cannot)."""
    try:
        import resource
    except ImportError:
        return
    wanted = {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_CPU: limits.seconds,
        resource.RLIMIT_FSIZE: limits.disk,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in wanted.items():
        _, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (bound, hard))
        except (OSError, ValueError):
            continue
