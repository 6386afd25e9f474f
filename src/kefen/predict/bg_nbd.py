"""BG/NBD: buying at a rate of one's own, and perhaps stopping after any purchase.

Fader, Hardie & Lee (2005), "'Counting Your Customers' the Easy Way: An Alternative to the
Pareto/NBD Model", Marketing Science 24 (2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import digamma, expit, gammaln, polygamma

from kefen.predict.data import distinct, dot
from kefen.predict.fitting import in_logarithms
from kefen.predict.purchases import PurchaseModel
from kefen.predict.quadrature import beta

if TYPE_CHECKING:
    from kefen.predict.data import Array, Histories


@dataclass(frozen=True)
class BGNBD(PurchaseModel):
    """A fitted BG/NBD model.

    A customer buys at a rate of Gamma(r, alpha) while alive, and stops after each purchase with
    a probability of Beta(a, b). Nobody stops before a first repeat purchase: **P(alive) is 1 for
    every customer with x = 0**, however long ago that was. Classes of life and death should rest
    on `ParetoNBD`.

    >>> model = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)  # the paper's, CDNOW in weeks
    >>> round(float(model.expected_purchases(2, 30.43, 38.86, horizon=39)), 3)
    1.226
    """

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def _search(cls, histories: Histories, typical: float) -> tuple[Likelihood, Array]:
        return Likelihood(histories), np.array([0.5, typical / 2, 0.8, 2.5])

    def _alive(self, x: Array, t_x: Array, age: Array) -> Array:
        # x = 1 stands in for 0, whose answer is known, so that no logarithm meets a negative b - 1.
        again = np.maximum(x, 1)
        odds = np.log(self.a / (self.b + again - 1))
        odds = odds + (self.r + x) * np.log1p((age - t_x) / (self.alpha + t_x))
        return np.asarray(np.where(x > 0, expit(-odds), 1.0), np.float64)

    def _while_alive(self, x: Array, age: Array, horizons: Array) -> Array:
        """Eq. 10 as the mean over the dropout probability p of (1 - (1 + p h/(α+T))^-(r+x)) / p.

        The paper's form by ₂F₁ overflows for active customers and is 0/0 at a = 1; this is a
        mean of positive terms.
        """
        (some,), which = distinct(x)
        p, weight = beta(self.a, self.b + some)
        p, weight, rate = p[which], weight[which], -(self.r + x)[:, None]
        expected = [
            (weight * -np.expm1(rate * np.log1p(p * (h / (self.alpha + age))[:, None])) / p).sum(1)
            for h in horizons
        ]
        return np.stack(expected, axis=1)


class Likelihood:
    """The log-likelihood (eq. 6, in logarithms) of counted histories and its exact gradient.

    A customer's share is A(x) - (r+x) ln(α+T) + ln(1 + e^u) with A all that depends on x alone
    and u the log-odds of having stopped: only u is worked out for each distinct history.
    """

    def __init__(self, histories: Histories) -> None:
        x, age, count = histories.x, histories.T, histories.count
        self._x, of_x = np.unique(x, return_inverse=True)
        self._n_x = np.bincount(of_x, count)
        self._age, of_age = np.unique(age, return_inverse=True)
        self._n_age, self._x_age = np.bincount(of_age, count), np.bincount(of_age, count * x)
        self._n = float(count.sum())
        again = x > 0
        self._again, self._count = x[again], count[again]
        self._of_age, self._of_x = of_age[again], of_x[again]
        self._last, self._of_last = np.unique(histories.t_x[again], return_inverse=True)

    def __call__(self, place: Array) -> tuple[float, Array]:
        """Log-likelihood at log(r, alpha, a, b), and its gradient there."""
        r, alpha, a, b = params = np.exp(place)
        x, log_age = self._x, np.log(alpha + self._age)
        drop, waited, bought, sooner, u = self._odds(params)
        stopped = self._count * expit(u)
        value = (
            self._n_x @ (gammaln(r + x) - gammaln(b + a + x) + gammaln(b + x))
            + self._n * (r * np.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b))
            - (r * self._n_age + self._x_age) @ log_age
            + dot(self._count, np.maximum(u, 0) + np.log1p(np.exp(-np.abs(u))))
        )
        total = digamma(a + b) * self._n - self._n_x @ digamma(a + b + x)
        dropped = np.bincount(self._of_x, stopped, x.size) @ (1 / drop)
        gradient = np.array(
            [
                self._n_x @ digamma(r + x)
                + self._n * (np.log(alpha) - digamma(r))
                - self._n_age @ log_age
                + dot(stopped, waited),
                self._n * r / alpha
                - (r * self._n_age + self._x_age) @ (1 / (alpha + self._age))
                + dot(stopped * bought, sooner),
                total + stopped.sum() / a,
                total + self._n_x @ digamma(b + x) - self._n * digamma(b) - dropped,
            ]
        )
        return float(value), gradient * params

    def information(self, place: Array, slope: Array) -> Array:
        """Minus the second derivatives by log(r, alpha, a, b)."""
        r, alpha, a, b = params = np.exp(place)
        x, n, n_x, count = self._x, self._n, self._n_x, self._count
        drop, waited, bought, sooner, u = self._odds(params)
        chance = expit(u)
        stopped, unsure = count * chance, count * chance * (1 - chance)
        # The slopes of u by each parameter, and what they come to together.
        slopes = [waited, bought * sooner, np.full(u.size, 1 / a), -(1 / drop)[self._of_x]]
        matrix = np.zeros((4, 4))
        for i, j in zip(*np.triu_indices(4), strict=True):
            matrix[i, j] = dot(unsure * slopes[i], slopes[j])
        now, last = 1 / (alpha + self._age), 1 / (alpha + self._last)
        bent = (now**2)[self._of_age] - (last**2)[self._of_last]
        matrix[0, 0] += n_x @ polygamma(1, r + x) - n * polygamma(1, r)
        matrix[0, 1] += n / alpha - self._n_age @ now + dot(stopped, sooner)
        matrix[1, 1] += (r * self._n_age + self._x_age) @ now**2 - n * r / alpha**2
        matrix[1, 1] -= dot(stopped * bought, bent)
        both = n * polygamma(1, a + b) - n_x @ polygamma(1, a + b + x)
        matrix[2, 2] += both - stopped.sum() / a**2
        matrix[2, 3] += both
        matrix[3, 3] += both + n_x @ polygamma(1, b + x) - n * polygamma(1, b)
        matrix[3, 3] += np.bincount(self._of_x, stopped, x.size) @ drop**-2.0
        return in_logarithms(matrix, params, slope)

    def _odds(self, params: Array) -> tuple[Array, ...]:
        """The log-odds of having stopped, of those who bought again, and what they are made of."""
        r, alpha, a, b = params
        drop, bought = b + np.maximum(self._x, 1) - 1, r + self._again
        now, last = alpha + self._age, alpha + self._last
        waited = np.log(now)[self._of_age] - np.log(last)[self._of_last]
        sooner = (1 / now)[self._of_age] - (1 / last)[self._of_last]
        return drop, waited, bought, sooner, np.log(a / drop)[self._of_x] + bought * waited
