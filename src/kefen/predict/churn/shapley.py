"""What each feature adds to a prediction: exact Shapley values against a reference.

Shapley, "A Value for n-Person Games" (1953); a coalition holds the customer's own values, the
others are the reference's (the baseline game of Sundararajan & Najmi, "The Many Shapley Values
for Model Explanation", 2020). The values sum to the difference of the two predictions.
"""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen.predict.data import Array


def shapley(game: Callable[[Array], Array], own: Array, reference: Array) -> Array:
    """What each feature adds to `game`; all 2ⁿ coalitions of n features are asked at once.

    >>> [float(v) for v in shapley(lambda m: m[:, 0] * m[:, 1], np.array([3., 4.]), np.zeros(2))]
    [6.0, 6.0]
    """
    n = own.size
    codes = np.arange(2**n)
    inside = (codes[:, None] >> np.arange(n)) & 1 == 1
    worth = game(np.where(inside, own, reference))
    sizes = inside.sum(axis=1)
    weights = np.array([factorial(s) * factorial(n - s - 1) / factorial(n) for s in range(n)])
    found = np.empty(n)
    for feature in range(n):
        without = codes[~inside[:, feature]]
        joined = worth[without | (1 << feature)] - worth[without]
        found[feature] = weights[sizes[without]] @ joined
    return found
