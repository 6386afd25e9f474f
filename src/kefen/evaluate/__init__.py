"""What classifications come to: whether to grade at all, who moved, and what came of it.

Looked up on first use: what needs NumPy is loaded only by those who ask for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kefen.evaluate.migration import ABSENT, Comparison, compare, sides

if TYPE_CHECKING:
    from kefen.evaluate.backtesting import Backtest, backtest, ends
    from kefen.evaluate.experiments import Experiment, experiment
    from kefen.evaluate.readiness_check import Readiness, readiness
    from kefen.evaluate.response_classes import UpliftClasses, uplift_classes
    from kefen.evaluate.run_agreement import (
        Agreement,
        adjusted_rand,
        agreement,
        kappa,
        kappa_interval,
    )
    from kefen.evaluate.scheme_audit import Audit, audit
    from kefen.evaluate.scoring import CRITERIA, Scorecard, scorecard
    from kefen.evaluate.sensitivity_analysis import Sensitivity, sensitivity

__all__ = [
    "ABSENT",
    "CRITERIA",
    "Agreement",
    "Audit",
    "Backtest",
    "Comparison",
    "Experiment",
    "Readiness",
    "Scorecard",
    "Sensitivity",
    "UpliftClasses",
    "adjusted_rand",
    "agreement",
    "audit",
    "backtest",
    "compare",
    "ends",
    "experiment",
    "kappa",
    "kappa_interval",
    "readiness",
    "scorecard",
    "sensitivity",
    "sides",
    "uplift_classes",
]

_PLACES = {
    **dict.fromkeys(
        ("Agreement", "adjusted_rand", "agreement", "kappa", "kappa_interval"), "run_agreement"
    ),
    **dict.fromkeys(("Audit", "audit"), "scheme_audit"),
    **dict.fromkeys(("Backtest", "backtest", "ends"), "backtesting"),
    **dict.fromkeys(("Experiment", "experiment"), "experiments"),
    **dict.fromkeys(("Readiness", "readiness"), "readiness_check"),
    **dict.fromkeys(("CRITERIA", "Scorecard", "scorecard"), "scoring"),
    **dict.fromkeys(("Sensitivity", "sensitivity"), "sensitivity_analysis"),
    **dict.fromkeys(("UpliftClasses", "uplift_classes"), "response_classes"),
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
