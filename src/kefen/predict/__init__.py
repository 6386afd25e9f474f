"""Prediction: who still buys, how often, how much, and what that is worth today.

The models need the `ml` extra (SciPy); they are loaded on first use, so that everything else
runs without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kefen.errors import KefenError

if TYPE_CHECKING:
    from kefen.predict.bg_nbd import BGNBD
    from kefen.predict.churn import Churn, at_risk, churn_reasons, churn_table
    from kefen.predict.gamma_gamma import GammaGamma
    from kefen.predict.history import Summary, histories, summary
    from kefen.predict.lifetime import lifetime_value
    from kefen.predict.pareto_nbd import ParetoNBD

__all__ = [
    "BGNBD",
    "Churn",
    "GammaGamma",
    "ParetoNBD",
    "Summary",
    "at_risk",
    "churn_reasons",
    "churn_table",
    "histories",
    "lifetime_value",
    "summary",
]

_ROOMS = {
    "BGNBD": "bg_nbd",
    "ParetoNBD": "pareto_nbd",
    "GammaGamma": "gamma_gamma",
    "lifetime_value": "lifetime",
    **dict.fromkeys(("Churn", "at_risk", "churn_reasons", "churn_table"), "churn"),
    **dict.fromkeys(("Summary", "histories", "summary"), "history"),
}
_EXTRA = {"numpy", "scipy", "sklearn"}


def load(room: str, name: str) -> Any:
    """What `room` of this package calls `name`.

    Raises:
        KefenError: `extra-missing` when what it needs is not installed.
    """
    try:
        return getattr(import_module(f"{__name__}.{room}"), name)
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if package not in _EXTRA:
            raise
        raise KefenError("extra-missing", package=package, extra="ml") from None


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return load(_ROOMS[name], name)


def __dir__() -> list[str]:
    return sorted(__all__)
