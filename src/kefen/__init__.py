"""Kefen (客分): grade every customer by your own standard, and say why.

The public face is looked up on first use, so that `import kefen` (and the shell) starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kefen import collector

if TYPE_CHECKING:
    from kefen import (
        demo,
        explain,
        indicators,
        pictures,
        plan,
        predict,
        recommend,
        report,
        schemes,
    )
    from kefen.client import Client, ClientError
    from kefen.errors import KefenError
    from kefen.evaluate import (
        Agreement,
        Audit,
        Backtest,
        Comparison,
        Readiness,
        Scorecard,
        Sensitivity,
        UpliftClasses,
        agreement,
        audit,
        backtest,
        compare,
        readiness,
        scorecard,
        sensitivity,
        uplift_classes,
    )
    from kefen.ledger import Ledger, from_frames, open  # noqa: A004
    from kefen.run import Run, UnreadableRun, open_run, runs, unreadable_runs
    from kefen.run.contracting import contract
    from kefen.run.grade import grade, grade_many
    from kefen.run.vacuum import vacuum

__all__ = [
    "Agreement",
    "Audit",
    "Backtest",
    "Client",
    "ClientError",
    "Comparison",
    "KefenError",
    "Ledger",
    "Readiness",
    "Run",
    "Scorecard",
    "Sensitivity",
    "UnreadableRun",
    "UpliftClasses",
    "agreement",
    "audit",
    "backtest",
    "compare",
    "contract",
    "demo",
    "explain",
    "from_frames",
    "grade",
    "grade_many",
    "indicators",
    "open",
    "open_run",
    "pictures",
    "plan",
    "predict",
    "readiness",
    "recommend",
    "report",
    "runs",
    "schemes",
    "scorecard",
    "sensitivity",
    "unreadable_runs",
    "uplift_classes",
    "vacuum",
]

_ROOMS = {
    "contract": "kefen.run.contracting",
    "KefenError": "kefen.errors",
    **dict.fromkeys(("Client", "ClientError"), "kefen.client"),
    **dict.fromkeys(("Ledger", "from_frames", "open"), "kefen.ledger"),
    **dict.fromkeys(
        (
            *("Run", "UnreadableRun", "grade", "grade_many", "open_run", "runs"),
            *("unreadable_runs", "vacuum"),
        ),
        "kefen.run",
    ),
    **dict.fromkeys(
        (
            *("Agreement", "Audit", "Backtest", "Comparison", "Readiness", "Scorecard"),
            "Sensitivity",
            *("UpliftClasses", "uplift_classes"),
            *("agreement", "audit", "backtest", "compare", "readiness", "scorecard"),
            "sensitivity",
        ),
        "kefen.evaluate",
    ),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with collector.paused():
        if name in _ROOMS:
            return getattr(import_module(_ROOMS[name]), name)
        return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted(__all__)
