from __future__ import annotations

from typing import Final

HOLD_OUT: Final = "hold_out"
"""The permit to see whom outreach leaves alone this year, and to say how many."""
