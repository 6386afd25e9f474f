"""Weights from pairwise judgements: the analytic hierarchy process (层次分析法, AHP).

The weights are the principal eigenvector of the matrix of judgements. Its eigenvalue says how far
the judgements contradict each other: the consistency index (λ − n) / (n − 1), as a part of what
random judgements give, is the consistency ratio.

Source: Saaty, The Analytic Hierarchy Process (1980); a judgement's consistent value is what the
others make it, its own place left open: Harker, Mathematical Modelling 9 (1987).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Matrix = list[list[float]]

LIMIT = 0.1
"""Judgements of a greater consistency ratio are refused."""

RANDOM = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Saaty's random index: the mean consistency index of random judgements, by number of things."""

SCALE = tuple(1 / n for n in range(9, 1, -1)) + tuple(float(n) for n in range(1, 10))
"""The judgements there are, from "extremely less" to "extremely more"."""

_ROUNDS = 10_000


@dataclass(frozen=True)
class Judged:
    """What judgements come to.

    Attributes:
        weights: in the order of the matrix; they make 1.
        ratio: the consistency ratio; 0 where nothing contradicts.
    """

    weights: list[float]
    ratio: float


@dataclass(frozen=True)
class Hurt:
    """The judgement that contradicts the others most.

    Attributes:
        row, column: its place; `row` is how many times `column`.
        value: of Saaty's scale, what agrees with the others best.
        ratio: the consistency ratio with it.
    """

    row: int
    column: int
    value: float
    ratio: float


def matrix(names: Sequence[str], times: Mapping[tuple[str, str], float]) -> Matrix:
    """The reciprocal matrix of judgements: `(more, than)` is so many times as important."""
    found = [[1.0] * len(names) for _ in names]
    place = {name: at for at, name in enumerate(names)}
    for (more, than), value in times.items():
        row, column = place[more], place[than]
        found[row][column], found[column][row] = value, 1 / value
    return found


def judge(judgements: Matrix) -> Judged:
    """Weights and consistency ratio of a reciprocal matrix of at most 15 things.

    >>> [round(weight, 3) for weight in judge([[1, 2, 4], [1/2, 1, 2], [1/4, 1/2, 1]]).weights]
    [0.571, 0.286, 0.143]
    """
    size = len(judgements)
    weights, largest = _principal(judgements)
    random = RANDOM[size - 1]
    ratio = (largest - size) / (size - 1) / random if random else 0.0
    return Judged(weights, max(round(ratio, 12), 0.0))


def most_hurtful(judgements: Matrix) -> Hurt:
    """The judgement whose consistent value in its place lowers the ratio most."""
    pairs = combinations(range(len(judgements)), 2)
    tried = {
        pair: judge(_with(judgements, *pair, _consistent(judgements, *pair))).ratio
        for pair in pairs
    }
    row, column = min(tried, key=lambda pair: (tried[pair], pair))
    ratios = {value: judge(_with(judgements, row, column, value)).ratio for value in SCALE}
    value = min(SCALE, key=lambda value: (ratios[value], value))
    return Hurt(row, column, value, ratios[value])


def _consistent(judgements: Matrix, row: int, column: int) -> float:
    """What the other judgements make of this one: its place is left open (Harker)."""
    opened = [list(line) for line in judgements]
    opened[row][column] = opened[column][row] = 0.0
    opened[row][row] = opened[column][column] = 2.0
    weights, _ = _principal(opened)
    return weights[row] / weights[column]


def _with(judgements: Matrix, row: int, column: int, value: float) -> Matrix:
    changed = [list(line) for line in judgements]
    changed[row][column], changed[column][row] = value, 1 / value
    return changed


def _principal(judgements: Matrix) -> tuple[list[float], float]:
    """The principal eigenvector, adding up to 1, and its eigenvalue, by repeated multiplying."""
    size = len(judgements)
    weights, largest = [1 / size] * size, 0.0
    for _ in range(_ROUNDS):
        product = [sum(a * w for a, w in zip(line, weights, strict=True)) for line in judgements]
        largest = sum(product)
        moved = [value / largest for value in product]
        change = max(abs(a - b) for a, b in zip(moved, weights, strict=True))
        weights = moved
        if change < 1e-15:
            break
    return weights, largest
