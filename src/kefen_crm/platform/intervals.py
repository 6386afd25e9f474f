"""Intervals of shares that were counted."""

from __future__ import annotations

from math import sqrt
from typing import Final

Z: Final = 1.959964
"""Standard deviations of a 95 % interval."""


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, `count` of `total` (Wilson 1927); 0 to 1.

    >>> [round(one, 3) for one in wilson(15, 30)]
    [0.332, 0.668]
    """
    share, z2 = count / total, Z * Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z / (1 + z2 / total) * sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max(middle - half, 0.0), min(middle + half, 1.0)
