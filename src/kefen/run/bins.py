"""Where the bars of a distribution begin and end: edges people can read."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from collections.abc import Sequence

BINS = 24
SCORE_EDGES = [5.0 * turn for turn in range(21)]
"""A weighted score is between 0 and 100."""
SKEWED = 20
"""From this ratio of the highest to the middle value on, bins grow by a factor, not by a step."""


def edges(low: float, high: float, least: float | None, middle: float | None) -> list[float]:
    """Ends of the bins: even steps, or even factors above zero when the values are skewed.

    Args:
        low, high: the least and the greatest value.
        least, middle: the least and the median of the values above zero; None without any.
    """
    if low == high:
        return [low, low + 1]
    if not middle or not least or high / middle < SKEWED:
        return steps(low, high, BINS)
    least = max(least, high / 1e6)
    first, last = floor(log10(least) * 4) - 1, ceil(log10(high) * 4) + 1
    grown = [_round(10 ** (turn / 4)) for turn in range(first, last + 1)]
    below = max(edge for edge in grown if edge <= least)
    above = min(edge for edge in grown if edge > high)
    inside = [edge for edge in grown if below <= edge <= above]
    return inside if low >= below else [min(low, 0.0), *inside]


def steps(low: float, high: float, count: int) -> list[float]:
    """Even round steps, about `count` of them, the last of which ends above `high`.

    >>> steps(12, 88, 20)[:3], steps(12, 88, 20)[-1]
    ([10.0, 15.0, 20.0], 90.0)
    """
    raw = (high - low) / count
    scale = 10.0 ** floor(log10(raw))
    step = next(scale * nice for nice in (1, 2, 2.5, 5, 10) if scale * nice >= raw * 0.999)
    first, last = floor(low / step), floor(high / step) + 1
    return [round(step * turn, 10) for turn in range(first, last + 1)]


def bin_of(value: Any, ends: Sequence[float]) -> Any:
    """The bin a column's value lies in, from 0; beyond the ends it is the outermost bin.

    A search by halves, so that a row meets only a few comparisons.
    """
    if ends is SCORE_EDGES:
        place = (value / (SCORE_EDGES[1] - SCORE_EDGES[0])).floor()
        return place.clip(0, len(SCORE_EDGES) - 2).cast("int16")
    return _half(value, ends[1:-1], 0)


def _half(value: Any, inner: Sequence[float], first: int) -> Any:
    if not inner:
        return ibis.literal(first, "int16")
    half = len(inner) // 2
    below = _half(value, inner[:half], first)
    above = _half(value, inner[half + 1 :], first + half + 1)
    return ibis.ifelse(value < inner[half], below, above)


def _round(value: float) -> float:
    """Two significant digits: an edge people can read."""
    return float(f"{value:.2g}")
