"""Maximum likelihood: a quick search, then Newton steps, which also give the standard errors.

Parameters are positive, so the search is over their logarithms. Large data are searched on a
sample first, so that a few Newton steps are left to take on all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from scipy import linalg, optimize

if TYPE_CHECKING:
    from kefen.predict.data import Array

SAMPLE: Final = 8_000
"""Customers the first search looks at, when there are many more."""
_REACH: Final = 10.0
_TIGHT, _CLOSE = 1e-10, 1e-6
_MOVED: Final = 0.01
"""How far Newton steps may lead from where the curvature was taken."""
_REFUSED: Final = 1e10


class Objective(Protocol):
    """A log-likelihood of log parameters."""

    def __call__(self, place: Any) -> tuple[float, Array]:
        """The log-likelihood and its gradient."""
        ...

    def information(self, place: Any, slope: Any) -> Array:
        """Minus its second derivatives; `slope` is the gradient there."""
        ...


@dataclass(frozen=True)
class Fit:
    """Where the search ended.

    Attributes:
        params: the parameters, no longer logarithms.
        errors: their standard errors from the observed information; nan where it has no inverse.
        log_likelihood: at the parameters.
        converged: whether this is a maximum: curved downwards in every direction, with less than
            1e-6 of log-likelihood still to be gained.
    """

    params: Array
    errors: Array
    log_likelihood: float
    converged: bool


@dataclass(frozen=True)
class _Place:
    """A place of the search, and what a Newton step from it would gain; nan where it has none."""

    at: Array
    value: float
    slope: Array
    inverse: Array | None

    @property
    def step(self) -> Array:
        if self.inverse is None:
            return np.full(self.at.size, np.nan)
        return np.asarray(self.inverse @ self.slope, np.float64)

    @property
    def gain(self) -> float:
        return float(self.slope @ self.step) / 2


def maximise(objective: Objective, start: Array, n: int, rough: Objective | None = None) -> Fit:
    """The parameters at which `objective` is greatest.

    Args:
        objective: the log-likelihood of all data.
        start: parameters to begin with.
        n: customers behind `objective`.
        rough: the log-likelihood of a sample of the same weight, to begin with when given.
    """
    begin = np.log(start)
    with np.errstate(all="ignore"):
        place = _search(rough or objective, begin, n, 1e-3)
        if rough is not None:
            place = _newton(rough, place).at
        found = _newton(objective, place)
        if not found.gain < _CLOSE:
            found = _newton(objective, _search(objective, found.at, n, 1e-6))
        errors = np.full(begin.size, np.nan)
        if found.inverse is not None:
            errors = np.exp(found.at) * np.sqrt(np.diag(found.inverse))
        inside = bool((np.abs(found.at - begin) < _REACH).all())
        return Fit(np.exp(found.at), errors, found.value, inside and found.gain < _CLOSE)


def differences(objective: Objective, place: Array, slope: Array, step: float = 1e-4) -> Array:
    """Minus the second derivatives, by differences of the exact gradient: good to 1e-4."""
    columns = [slope - objective(place + aside)[1] for aside in step * np.eye(place.size)]
    matrix = np.array(columns, np.float64) / step
    return (matrix + matrix.T) / 2


def in_logarithms(upper: Array, params: Array, slope: Array) -> Array:
    """Minus the second derivatives by the logarithms of parameters.

    Args:
        upper: the second derivatives by the parameters, on and above the diagonal.
        params: the parameters.
        slope: the gradient by their logarithms.
    """
    matrix = np.triu(upper) + np.triu(upper, 1).T
    return np.asarray(-matrix * np.outer(params, params) - np.diag(slope), np.float64)


def _search(objective: Objective, begin: Array, n: int, enough: float) -> Array:
    """Where BFGS ends: the gradient of the mean log-likelihood is below `enough`.

    Not L-BFGS-B: SciPy's hands its few numbers to a threaded LAPACK, which on a busy machine takes
    longer than the likelihood.
    """

    def loss(place: Array) -> tuple[float, Array]:
        value, gradient = objective(place)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return _REFUSED, np.zeros_like(place)
        return -value / n, -gradient / n

    options = {"gtol": enough, "maxiter": 300}
    found = optimize.minimize(loss, begin, jac=True, method="BFGS", options=options)
    return np.asarray(found.x, np.float64)


def _newton(objective: Objective, begin: Array) -> _Place:
    """Where Newton steps lead; the curvature is worked out anew only when the old serves badly."""
    here, moved = _look(objective, begin), 0.0
    for _ in range(40):
        if not here.gain >= _TIGHT or np.abs(here.step).max() > 1:
            if not here.gain < _TIGHT or moved < _MOVED:
                return here
            here, moved = _look(objective, here.at), 0.0
            continue
        value, slope = objective(here.at + here.step)
        there = _Place(here.at + here.step, value, slope, here.inverse)
        if not 0 <= there.gain < here.gain:
            if moved == 0:
                return here
            here, moved = _look(objective, here.at), 0.0
            continue
        moved += float(np.abs(here.step).max())
        slow, here = there.gain > 0.1 * here.gain, there
        if slow:
            here, moved = _look(objective, here.at), 0.0
    return here


def _look(objective: Objective, at: Array) -> _Place:
    """A place with its own curvature."""
    value, slope = objective(at)
    return _Place(at, value, slope, _inverse(objective.information(at, slope)))


def _inverse(curve: Array) -> Array | None:
    """The inverse of a matrix that is positive definite; None of another."""
    if not np.isfinite(curve).all():
        return None
    try:
        root = linalg.cho_factor(curve)
    except linalg.LinAlgError:
        return None
    return np.asarray(linalg.cho_solve(root, np.eye(len(curve))), np.float64)
