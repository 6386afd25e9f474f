"""What classifications came to: whether to grade at all, who moved, and what came of it.

Looked up on first use: what needs NumPy is loaded only by those who ask for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kefen.evaluate.migration import ABSENT, Comparison, compare

if TYPE_CHECKING:
    from kefen.evaluate.backtesting import Backtest, backtest

__all__ = ["ABSENT", "Backtest", "Comparison", "backtest", "compare"]

_PLACES = {
    **dict.fromkeys(("Backtest", "backtest"), "backtesting"),
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
