"""Where the centroids begin, and how well clusters stand apart: work on a sample in memory.

Seeds are chosen far from each other at random (k-means++, Arthur & Vassilvitskii 2007), from a
generator that always begins alike, a few times over; the best after settling on the sample wins.
All sums are exact, so the same sample gives the same centroids on any machine.
"""

from __future__ import annotations

from math import fsum
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TRIES = 6
_ROUNDS = 100
_SHOWN = 1000

Point = tuple[int, ...]


def seeds(points: Sequence[Point], counts: Sequence[int], wanted: int) -> list[list[int]]:
    """At most `wanted` centroids of different weighted points, best of a few tries."""
    import numpy as np  # costs a start of the program; only clusters need it

    data, weights = np.array(points, "int64"), np.array(counts, "int64")
    if len(points) <= wanted:
        return [list(point) for point in points]
    chance = Random(1)  # noqa: S311  the same choice every time is the point
    tries = [_settled(data, weights, _spread(data, weights, wanted, chance)) for _ in range(_TRIES)]
    best = min(
        tries, key=lambda found: fsum((_squares(data, found).min(axis=1) * weights).tolist())
    )
    return [[int(at) for at in centre] for centre in best]


def _squares(data: NDArray[Any], centres: NDArray[Any]) -> NDArray[Any]:
    steps = data[:, None, :] - centres[None, :, :]
    found: NDArray[Any] = (steps * steps).sum(axis=2)
    return found


def _spread(data: NDArray[Any], weights: NDArray[Any], wanted: int, chance: Random) -> NDArray[Any]:
    """Points drawn in proportion to their weight and squared distance from those drawn before."""
    import numpy as np

    pull = weights.astype("float64")
    chosen: list[int] = []
    while len(chosen) < wanted:
        running = pull.cumsum()
        at = int(np.searchsorted(running, chance.random() * running[-1], side="right"))
        chosen.append(min(at, len(data) - 1))
        near = _squares(data, data[chosen]).min(axis=1)
        pull = near.astype("float64") * weights
        if not pull.any():
            break
    return data[chosen]


def _settled(data: NDArray[Any], weights: NDArray[Any], centres: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    for _ in range(_ROUNDS):
        near = _squares(data, centres).argmin(axis=1)
        member = (near[None, :] == np.arange(len(centres))[:, None]) * weights[None, :]
        size = member.sum(axis=1)
        moved = centres.copy()
        held = size > 0
        sums = member @ data
        moved[held] = (2 * sums[held] + size[held, None]) // (2 * size[held, None])
        if (moved == centres).all():
            break
        centres = moved
    return centres


def silhouette(
    points: Sequence[Point], counts: Sequence[int], centres: Sequence[Sequence[int]]
) -> float | None:
    """Mean silhouette (Rousseeuw 1987) of the first points, each counted as often as it occurs."""
    import numpy as np

    data, weights = np.array(points[:_SHOWN], "int64"), np.array(counts[:_SHOWN], "float64")
    near = _squares(data, np.array(centres, "int64")).argmin(axis=1)
    groups = sorted(set(near.tolist()))
    if len(groups) < 2:
        return None
    far = np.sqrt(_squares(data, data).astype("float64"))
    size = np.array([weights[near == group].sum() for group in groups])
    total = np.stack([far[:, near == group] @ weights[near == group] for group in groups], axis=1)
    own = np.searchsorted(groups, near)
    rows = np.arange(len(data))
    inside = total[rows, own] / np.maximum(size[own] - 1, 1)
    others = total / size
    others[rows, own] = np.inf
    outside = others.min(axis=1)
    scale = np.maximum(inside, outside)
    alone = (size[own] <= 1) | (scale == 0)
    worth = np.where(alone, 0.0, (outside - inside) / np.where(scale == 0, 1.0, scale))
    return round(fsum((worth * weights).tolist()) / fsum(weights.tolist()), 4)
