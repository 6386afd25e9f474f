"""Pareto/NBD: buying at a rate of one's own, and stopping at any moment.

Schmittlein, Morrison & Colombo (1987), "Counting Your Customers", Management Science 33 (1);
the expressions are those of Fader & Hardie (2005), "A Note on Deriving the Pareto/NBD Model and
Related Expressions".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import digamma, exprel, gammaln

from kefen.predict.data import broadcast, distinct, dot
from kefen.predict.fitting import differences
from kefen.predict.purchases import PurchaseModel
from kefen.predict.quadrature import around_peak, exponential
from kefen.predict.units import force_of_interest

if TYPE_CHECKING:
    from kefen.predict.data import Array, Histories


_BLOCK: Final = 256
"""Rows of an integral at a time: what fits in a processor's cache."""


@dataclass(frozen=True)
class ParetoNBD(PurchaseModel):
    """A fitted Pareto/NBD model.

    A customer buys at a rate of Gamma(r, alpha) for a lifetime whose rate of ending is of
    Gamma(s, beta). Customers may stop at any time, one-time buyers too.

    >>> model = ParetoNBD(r=0.55, alpha=10.56, s=0.61, beta=11.64)  # the manual of R's BTYD
    >>> round(float(model.p_alive(0, 0, 39)), 4)
    0.2924
    """

    r: float
    alpha: float
    s: float
    beta: float

    @classmethod
    def _search(cls, histories: Histories, typical: float) -> tuple[Likelihood, Array]:
        return Likelihood(histories), np.array([0.7, typical / 2, 0.7, typical / 2])

    def discounted_residual_purchases(
        self,
        x: Any,
        t_x: Any,
        T: Any,  # noqa: N803
        *,
        annual_rate: float | None = None,
        monthly_rate: float | None = None,
    ) -> Array:
        """DERT: present value of all purchases still to come, each counted as 1.

        Fader, Hardie & Lee (2005), "RFM and CLV: Using Iso-Value Curves for Customer Base
        Analysis", Journal of Marketing Research 42, in continuous time. The Tricomi function of
        the paper is here the integral it stands for, ∫ e^(-δu) (1 + u/(β+T))^-s du.

        Raises:
            KefenError: `bad-rate` (also unless it is positive); `history-impossible`.
        """
        force = force_of_interest(self.unit, annual_rate, monthly_rate, positive=True)
        bought, last, age = broadcast(x, t_x, T)
        y, weight = exponential()
        (some,), which = distinct(age.ravel())
        lasting = np.exp(-self.s * np.log1p(y / (force * (self.beta + some[:, None])))) @ weight
        rate = (self.r + bought) / (self.alpha + age)
        stream = rate * lasting[which].reshape(age.shape) / force
        return np.asarray(self._alive(bought, last, age) * stream, np.float64)

    def _alive(self, x: Array, t_x: Array, age: Array) -> Array:
        params = np.array([self.r, self.alpha, self.s, self.beta])
        braces = Braces(x.ravel(), t_x.ravel(), age.ravel())
        alive, total = braces.sums(params, braces.tails(params)[0])
        return np.asarray(np.exp(alive - total).reshape(x.shape), np.float64)

    def _while_alive(self, x: Array, age: Array, horizons: Array) -> Array:
        """Eq. 41 of the note over P(alive), in a form without its 0/0 at s = 1."""
        longer = np.log1p(horizons / (self.beta + age)[:, None])
        rate = (self.r + x) * (self.beta + age) / (self.alpha + age)
        return np.asarray(rate[:, None] * longer * exprel((1 - self.s) * longer), np.float64)


class Braces:
    """The sum in braces of the note's likelihood: still alive at T, or died since t_x.

    The note writes it with ₂F₁, in one form for alpha ≥ beta and another for alpha < beta. Both are
    the integral F(x, t) = ∫_t^∞ (α+τ)^-(r+x) (β+τ)^-(s+1) dτ of a positive function, which is
    worked out as such: once for each distinct (x, t_x) and (x, T), finite for any x, without a
    seam between the forms, and differentiated under the sign.
    """

    def __init__(self, x: Array, t_x: Array, age: Array) -> None:
        pairs, which = distinct(np.concatenate([x, x]), np.concatenate([t_x, age]))
        self.x, self.t = pairs
        self.last, self.now = which[: x.size], which[x.size :]

    def tails(self, params: Array, *, slopes: bool = False) -> tuple[Array, Array]:
        """ln F of each pair, and its derivatives when asked for."""
        return tail(params, self.x, self.t, slopes=slopes)

    def sums(self, params: Array, tails: Array) -> tuple[Array, Array]:
        """Logarithms of the term of being alive, and of both, for each history."""
        r, alpha, s, beta = params
        logs = -(r + self.x) * np.log(alpha + self.t)
        alive = (logs - s * np.log(beta + self.t))[self.now]
        since = np.minimum(tails[self.now] - tails[self.last], 0.0)
        with np.errstate(divide="ignore"):  # nobody dies between t_x and T when they are one
            dead = np.log(s) + tails[self.last] + np.log(-np.expm1(since))
        return alive, np.logaddexp(alive, dead)


class Likelihood:
    """The log-likelihood of counted histories and its exact gradient."""

    def __init__(self, histories: Histories) -> None:
        self._braces = Braces(histories.x, histories.t_x, histories.T)
        self._count, self._n = histories.count, float(histories.count.sum())
        self._x, of_x = np.unique(histories.x, return_inverse=True)
        self._n_x = np.bincount(of_x, histories.count)

    def __call__(self, place: Array) -> tuple[float, Array]:
        """Log-likelihood at log(r, alpha, s, beta), and its gradient there."""
        r, alpha, s, beta = params = np.exp(place)
        braces, count = self._braces, self._count
        tails, slopes = braces.tails(params, slopes=True)
        alive, total = braces.sums(params, tails)
        value = (
            self._n_x @ (gammaln(r + self._x) - gammaln(r))
            + self._n * (r * np.log(alpha) + s * np.log(beta))
            + dot(count, total)
        )
        stays, size = np.asarray(count * np.exp(alive - total), np.float64), tails.size
        before = np.bincount(braces.last, count * s * np.exp(tails[braces.last] - total), size)
        after = np.bincount(braces.now, count * s * np.exp(tails[braces.now] - total), size)
        n = np.asarray(np.bincount(braces.now, stays, size), np.float64)
        from_a, from_b = alpha + braces.t, beta + braces.t
        gradient = np.einsum("ij,j->i", slopes, before - after) + np.array(
            [
                self._n_x @ (digamma(r + self._x) - digamma(r))
                + self._n * np.log(alpha)
                - dot(n, np.log(from_a)),
                self._n * r / alpha - dot(n, (r + braces.x) / from_a),
                self._n * np.log(beta) - dot(n, np.log(from_b)) + (self._n - stays.sum()) / s,
                self._n * s / beta - dot(n, s / from_b),
            ]
        )
        return float(value), gradient * params

    def information(self, place: Array, slope: Array) -> Array:
        """Minus the second derivatives by log(r, alpha, s, beta)."""
        return differences(self, place, slope)


def tail(params: Array, x: Array, t: Array, *, slopes: bool) -> tuple[Array, Array]:
    """ln F(x, t), and its derivatives by r, alpha, s, beta (a row each) when asked for.

    Over ln(τ-t) the integrand is log-concave with slopes 1 and -(r+s+x) far out. Its peak is the
    root of a quadratic; the nodes lie around it, as far as the integrand reaches.
    """
    r, alpha, s, beta = params
    bought, stopped = r + x, s + 1
    from_a, from_b = alpha + t, beta + t
    half = ((bought - 1) * from_b + s * from_a) / 2
    root = np.sqrt(half**2 + (bought + s) * from_a * from_b)
    peak = np.where(half > 0, from_a * from_b / (half + root), (root - half) / (bought + s))
    top = -bought * np.log(from_a + peak) - stopped * np.log(from_b + peak)
    few = slice(None, None, max(x.size // 32, 1))  # rows come by x and t: any thirty tell

    def fallen(offset: float) -> float:
        """How far below its peak every integrand is, at least."""
        far = peak[few] * np.exp(offset)
        there = bought[few] * np.log(from_a[few] + far) + stopped * np.log(from_b[few] + far)
        return float((top[few] + there).min() - offset)

    offset, weight = around_peak(fallen)
    reach, value, means = np.exp(offset), np.empty(x.size), np.empty((4, x.size if slopes else 0))
    for first in range(0, x.size, _BLOCK):
        rows = slice(first, first + _BLOCK)
        later = peak[rows, None] * reach
        a, b = from_a[rows, None] + later, from_b[rows, None] + later
        log_a, log_b = np.log(a), np.log(b)
        mass = offset - top[rows, None] - bought[rows, None] * log_a - stopped * log_b
        mass = np.exp(mass, out=mass) * weight
        total = mass.sum(1)
        value[rows] = np.log(peak[rows] * total) + top[rows]
        if slopes:
            mass /= total[:, None]
            for mean, part in zip(means, (log_a, 1 / a, log_b, 1 / b), strict=True):
                mean[rows] = np.einsum("ij,ij->i", mass, part)
    if slopes:
        means[1] *= bought
        means[3] *= stopped
    return value, -means
