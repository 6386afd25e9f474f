"""Nodes and weights for the integrals of the models; all weights are positive."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen.predict.data import Array


@cache
def exponential(step: float = 0.18) -> tuple[Array, Array]:
    """Nodes `y` and weights of ∫₀^∞ e^(-y) f(y) dy.

    The double-exponential rule for half-infinite intervals of Takahasi & Mori (1974): the
    trapezoid in η with y = exp(η - e^(-η)). It bears an f that is steep beside 0.
    """
    eta = np.arange(-3.6, 3.7, step)
    y = np.exp(eta - np.exp(-eta))
    weights = np.exp(-y) * y * (1 + np.exp(-eta)) * step
    return y, weights / weights.sum()


def around_peak(fallen: Callable[[float], float]) -> tuple[Array, Array]:
    """Offsets and weights of ∫ e^g(z) dz over all z, from the peak of a concave g.

    The trapezoid in ξ with an offset of 1.3 sinh ξ (Takahasi & Mori 1974): good to 1e-7 for the
    integrals of Pareto/NBD. `fallen` tells how far g is below its peak at an offset; the nodes
    end where that is 22.
    """
    xi, offset, weight = _sinh()
    middle = xi.size // 2
    right = bisect_left(offset, 22.0, lo=middle, hi=xi.size - 1, key=fallen)
    left = bisect_left(offset, 22.0, lo=middle, hi=xi.size - 1, key=lambda z: fallen(-z))
    nodes = slice(xi.size - 1 - left, right + 1)
    return offset[nodes], weight[nodes]


@cache
def _sinh(step: float = 0.17) -> tuple[Array, Array, Array]:
    xi = np.asarray(np.arange(-52, 53) * step, np.float64)
    return xi, 1.3 * np.sinh(xi), 1.3 * np.cosh(xi) * step


def beta(a: float, b: Array) -> tuple[Array, Array]:
    """Nodes and weights, a row for each `b`, of the mean of f(p) with p of Beta(a, b).

    Over the log-odds of p the density is log-concave with slopes a and -b far out: the trapezoid
    around its peak, at the distribution's own scale. Good to 1e-8 for an f as steep as
    (1 - (1 + p y)^-n) / p, and for a near 0.
    """
    wide = np.minimum(1.0, np.sqrt(1 / a + 1 / b))[:, None]
    first, last = -np.arcsinh(2000 / 1.3), np.arcsinh(120 / 1.3)
    xi = np.arange(first, last, 0.15)
    odds = np.log(a / b)[:, None] + wide * 1.3 * np.sinh(xi)
    log_p, log_rest = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
    log_mass = a * log_p + b[:, None] * log_rest
    mass = np.exp(log_mass - log_mass.max(1, keepdims=True)) * np.cosh(xi)
    return np.exp(np.maximum(log_p, -600.0)), mass / mass.sum(1, keepdims=True)
