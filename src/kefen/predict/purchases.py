"""What the purchase models have in common: who still buys, how often, and discounted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from kefen.errors import KefenError
from kefen.predict.data import broadcast, distinct, read_histories
from kefen.predict.fitting import SAMPLE, maximise
from kefen.predict.units import days, force_of_interest

if TYPE_CHECKING:
    from typing import Self

    from kefen.predict.data import Array, Histories
    from kefen.predict.fitting import Fit, Objective


@dataclass(frozen=True)
class Fitted:
    """How a model came by its parameters.

    Attributes:
        unit: what times are counted in.
        log_likelihood: at the parameters; nan for a model that was written down, not fitted.
        n: customers it was fitted to.
        converged: whether the parameters are a maximum of the likelihood.
        standard_errors: of the parameters, from the observed information.
    """

    unit: str = field(default="week", kw_only=True)
    log_likelihood: float = field(default=float("nan"), kw_only=True)
    n: int = field(default=0, kw_only=True)
    converged: bool = field(default=False, kw_only=True)
    standard_errors: dict[str, float] = field(default_factory=dict, kw_only=True, compare=False)

    def __post_init__(self) -> None:
        days(self.unit)
        if not all(np.isfinite(v) and v > 0 for v in self.params.values()):
            raise KefenError("bad-parameters", **self.params)

    @classmethod
    def _names(cls) -> list[str]:
        return [f.name for f in fields(cls) if not f.kw_only]

    @property
    def params(self) -> dict[str, float]:
        """The parameters by name."""
        return {name: getattr(self, name) for name in self._names()}

    @classmethod
    def _from(cls, fit: Fit, n: int, unit: str) -> Self:
        names = cls._names()
        return cls(
            *(float(value) for value in fit.params),
            unit=unit,
            log_likelihood=fit.log_likelihood,
            n=n,
            converged=fit.converged,
            standard_errors=dict(zip(names, map(float, fit.errors), strict=True)),
        )


@dataclass(frozen=True)
class PurchaseModel(Fitted, ABC):
    """A process of buying, and of one day not coming back.

    Times are in the model's `unit`. Histories are numbers or arrays `x`, `t_x`, `T` that
    broadcast; results have their shape. KefenError `history-impossible` refuses others.
    """

    @classmethod
    def fit(cls, data: Any, unit: str = "week") -> Self:
        """Fit by maximum likelihood.

        Args:
            data: a `Summary`, a frame with columns `x`, `t_x`, `T` and perhaps `count`, or a
                tuple of such arrays.
            unit: what times are counted in; a `Summary` knows its own.

        Raises:
            KefenError: `history-columns`, `history-impossible`, `history-empty`,
                `nothing-repeated`.
        """
        histories = buyers(data)
        n, typical = histories.n, float(np.average(histories.T, weights=histories.count))
        likelihood, start = cls._search(histories, typical)
        rough = cls._search(histories.sample(SAMPLE), typical)[0] if n > 3 * SAMPLE else None
        fit = maximise(likelihood, start, n, rough)
        return cls._from(fit, n, getattr(data, "unit", unit))

    def p_alive(self, x: Any, t_x: Any, T: Any) -> Array:  # noqa: N803  # as the papers write
        """Probability that a customer of this history still buys."""
        return self._alive(*broadcast(x, t_x, T))

    def expected_purchases(self, x: Any, t_x: Any, T: Any, *, horizon: float) -> Array:  # noqa: N803
        """Purchases to expect of a customer in the `horizon` after `T`.

        `x=0, t_x=0, T=0` asks it of a new customer: repeat purchases in the horizon.

        Raises:
            KefenError: `bad-horizon`; `history-impossible`.
        """
        return self._expected((x, t_x, T), np.array([_positive(horizon)]), np.ones(1))

    def discounted_purchases(
        self,
        x: Any,
        t_x: Any,
        T: Any,  # noqa: N803
        *,
        horizon: float,
        annual_rate: float | None = None,
        monthly_rate: float | None = None,
    ) -> Array:
        """Present value of the purchases in the `horizon`, each counted as 1.

        The sum over units of time of Fader, Hardie & Lee (2005), "RFM and CLV", eq. 1:
        Σ (E[Y(j)] - E[Y(j-1)]) / (1 + d)^j, purchases discounted from the end of their unit;
        a last unit cut short by the horizon is discounted from there.

        Raises:
            KefenError: `bad-horizon`; `bad-rate`; `history-impossible`.
        """
        force = force_of_interest(self.unit, annual_rate, monthly_rate)
        ends = np.minimum(np.arange(1.0, np.ceil(_positive(horizon)) + 1), horizon)
        discount = np.exp(-force * ends)
        # By parts: each cumulative expectation once, weighted by the fall of the discount after it.
        return self._expected((x, t_x, T), ends, discount - np.append(discount[1:], 0.0))

    def _expected(self, history: tuple[Any, Any, Any], ends: Array, weights: Array) -> Array:
        x, t_x, age = broadcast(*history)
        (some_x, some_age), which = distinct(x.ravel(), age.ravel())
        total = np.zeros(some_x.size)
        for first in range(0, some_x.size, _BLOCK):
            block = slice(first, first + _BLOCK)
            total[block] = self._while_alive(some_x[block], some_age[block], ends) @ weights
        return np.asarray(self._alive(x, t_x, age) * total[which].reshape(x.shape), np.float64)

    @classmethod
    @abstractmethod
    def _search(cls, histories: Histories, typical: float) -> tuple[Objective, Array]:
        """The likelihood, and where its search begins; `typical` is the mean time observed."""

    @abstractmethod
    def _alive(self, x: Array, t_x: Array, age: Array) -> Array: ...

    @abstractmethod
    def _while_alive(self, x: Array, age: Array, horizons: Array) -> Array:
        """Expected purchases of customers alive at `age`: a row each, a column a horizon."""


_BLOCK = 4096


def _positive(horizon: float) -> float:
    if not 0 < horizon < float("inf"):
        raise KefenError("bad-model-horizon", value=horizon)
    return horizon


def buyers(data: Any) -> Histories:
    """Histories a purchase model can be fitted to.

    Raises:
        KefenError: `nothing-repeated` when nobody bought twice; those of `read_histories`.
    """
    found = read_histories(data)
    if not (found.x > 0).any():
        raise KefenError("nothing-repeated", customers=found.n)
    return found
