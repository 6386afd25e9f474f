"""Gamma-Gamma: what a customer spends at a purchase, drawn towards what all spend.

Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value"; first in Fader, Hardie & Lee
(2005), "RFM and CLV".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from kefen.errors import KefenError
from kefen.predict.data import read_spending
from kefen.predict.fitting import SAMPLE, in_logarithms, maximise
from kefen.predict.purchases import Fitted

if TYPE_CHECKING:
    from typing import Self

    from kefen.predict.data import Array, Spending


@dataclass(frozen=True)
class GammaGamma(Fitted):
    """A fitted Gamma-Gamma model.

    Amounts of a customer are of Gamma(p, ν), and ν of Gamma(q, gamma) among customers, whatever
    the number of purchases.

    >>> model = GammaGamma(p=6.25, q=3.74, gamma=15.44)  # the note's, CDNOW in dollars
    >>> round(float(model.expected_spend(2, 22.35)), 1)
    24.7
    """

    p: float
    q: float
    gamma: float

    @classmethod
    def fit(cls, data: Any) -> Self:
        """Fit by maximum likelihood to the customers with a repeat purchase.

        Args:
            data: a `Summary`, a frame with columns `x`, `spend` (mean amount of the repeat
                purchases) and perhaps `count`, or a tuple of such arrays.

        Raises:
            KefenError: `history-columns`; `history-empty` when nobody bought twice.
        """
        spending = read_spending(data)
        n, mean = spending.n, float(np.average(spending.mean, weights=spending.count))
        rough = Likelihood(spending.sample(SAMPLE)) if n > 3 * SAMPLE else None
        start = np.array([4.0, 3.0, mean / 2])
        fit = maximise(Likelihood(spending), start, n, rough)
        return cls._from(fit, n, getattr(data, "unit", "week"))

    def expected_spend(self, x: Any, spend: Any) -> Array:
        """Amount to expect of a customer's next purchase (eq. 5), in the money of the data.

        Args:
            x: repeat purchases.
            spend: their mean amount; not read where `x` is 0.

        Where the mean of the population does not exist (q ≤ 1), it is nan for customers
        without a repeat purchase.

        Raises:
            KefenError: `spend-impossible` for an amount that is not above 0.
        """
        bought, mean = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(spend, np.float64))
        mean = np.where(bought > 0, mean, 0.0)
        good = (bought >= 0) & ((bought == 0) | ((mean > 0) & np.isfinite(mean)))
        if not good.all():
            bad = int(np.argmin(good))
            raise KefenError("spend-impossible", x=bought.flat[bad], spend=mean.flat[bad])
        below = self.p * bought + self.q - 1
        return np.asarray(
            np.where(
                below > 0,
                self.p * (self.gamma + bought * mean) / np.where(below > 0, below, 1),
                np.nan,
            ),
            np.float64,
        )


class Likelihood:
    """The log-likelihood (eq. 1a) of counted mean amounts and its exact gradient."""

    def __init__(self, spending: Spending) -> None:
        self._x, self._of_x = np.unique(spending.x, return_inverse=True)
        self._n_x = np.bincount(self._of_x, spending.count)
        self._count = spending.count
        self._total = spending.x * spending.mean
        log = np.log(self._total)
        self._n = float(self._count.sum())
        self._x_log = float(self._count @ (spending.x * log))
        self._log_mean = float(self._count @ np.log(spending.mean))

    def __call__(self, place: Array) -> tuple[float, Array]:
        """Log-likelihood at log(p, q, gamma), and its gradient there."""
        p, q, gamma = params = np.exp(place)
        x, n_x, n = self._x, self._n_x, self._n
        size = p * x + q
        log = np.bincount(self._of_x, self._count * np.log(gamma + self._total), x.size)
        over = np.bincount(self._of_x, self._count / (gamma + self._total), x.size)
        value = (
            n_x @ (gammaln(size) - gammaln(p * x))
            + n * (q * np.log(gamma) - gammaln(q))
            + p * self._x_log
            - self._log_mean
            - size @ log
        )
        both = digamma(size)
        gradient = np.array(
            [
                (n_x * x) @ (both - digamma(p * x)) + self._x_log - x @ log,
                n_x @ both + n * (np.log(gamma) - digamma(q)) - log.sum(),
                n * q / gamma - size @ over,
            ]
        )
        return float(value), gradient * params

    def information(self, place: Array, slope: Array) -> Array:
        """Minus the second derivatives by log(p, q, gamma)."""
        p, q, gamma = params = np.exp(place)
        x, n_x, n = self._x, self._n_x, self._n
        size = p * x + q
        once = 1 / (gamma + self._total)
        over = np.bincount(self._of_x, self._count * once, x.size)
        twice = np.bincount(self._of_x, self._count * once**2, x.size)
        both = polygamma(1, size)
        matrix = np.zeros((3, 3))
        matrix[0, 0] = (n_x * x**2) @ (both - polygamma(1, p * x))
        matrix[0, 1] = (n_x * x) @ both
        matrix[0, 2] = -(x @ over)
        matrix[1, 1] = n_x @ both - n * polygamma(1, q)
        matrix[1, 2] = n / gamma - over.sum()
        matrix[2, 2] = size @ twice - n * q / gamma**2
        return in_logarithms(matrix, params, slope)
