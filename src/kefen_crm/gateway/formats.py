"""Numbers and shares as people read them: the engine writes them for all its faces."""

from __future__ import annotations

from kefen.formats import measure, number, percent, round_half_up, short

__all__ = ["measure", "number", "percent", "round_half_up", "short"]
